using System.CommandLine;
using System.IO;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary><c>meshca root import</c>: begins a rotation to a root that was made elsewhere.</summary>
internal sealed class RootImportVerb(TimeProvider clock) : IAdminVerb
{
    private readonly OrderParameters _order = new(clock, canForce: false);
    private readonly Argument<string> _certificate = new("certificate") { Description = "PEM file of the self-signed root" };

    private readonly Option<string> _cross = new("--cross")
    {
        Description = "PEM file of the root's key certified by the active root (default: the service signs one, where it has the active root's key)",
    };

    private readonly Option<string> _key = new("--key")
    {
        Description = "PEM file of the root's private key, to be sealed in the store (default: it stays elsewhere, see `meshca authority csr`)",
    };

    private readonly Option<bool> _manual = new("--manual")
    {
        Description = "Let each later step wait for its command, even where its conditions are met",
    };

    /// <inheritdoc />
    public string Name => "root import";

    /// <inheritdoc />
    public string Description => "Begin a rotation to a root that was made elsewhere";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_certificate, _cross, _key, _manual, .. _order.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var root = new SuppliedRoot
        {
            CertificatePem = await File.ReadAllTextAsync(arguments.GetRequiredValue(_certificate), cancellationToken),
            CrossCertificatePem = await ReadAsync(arguments.GetValue(_cross), cancellationToken),
            KeyPem = await ReadAsync(arguments.GetValue(_key), cancellationToken),
        };
        return await _order.OrderAsync(
            arguments,
            output,
            async (client, options) => await client.BeginRotationAsync(
                new BeginRotationRequest { Manual = arguments.GetValue(_manual), Reason = _order.Reason(arguments), Root = root }, options),
            cancellationToken);
    }

    private static async Task<string> ReadAsync(string? path, CancellationToken cancellationToken) =>
        path is null ? "" : await File.ReadAllTextAsync(path, cancellationToken);
}
