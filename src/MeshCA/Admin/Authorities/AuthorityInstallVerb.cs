using System.CommandLine;
using System.IO;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary><c>meshca authority install</c>: the intermediate that an offline root signed.</summary>
internal sealed class AuthorityInstallVerb(TimeProvider clock) : IAdminVerb
{
    private readonly OrderParameters _order = new(clock, canForce: false);
    private readonly Argument<string> _certificate = new("certificate") { Description = "PEM file of the intermediate's certificate" };

    /// <inheritdoc />
    public string Name => "authority install";

    /// <inheritdoc />
    public string Description => "Install the intermediate that a root of the trust bundle signed for the request of `authority csr`";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_certificate, .. _order.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var pem = await File.ReadAllTextAsync(arguments.GetRequiredValue(_certificate), cancellationToken);
        return await _order.OrderAsync(
            arguments,
            output,
            async (client, options) => await client.InstallAsync(new InstallRequest { CertificatePem = pem }, options),
            cancellationToken);
    }
}
