using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary><c>meshca authority csr</c>: the request for an intermediate that a root elsewhere will sign.</summary>
internal sealed class AuthorityCsrVerb : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();

    /// <inheritdoc />
    public string Name => "authority csr";

    /// <inheritdoc />
    public string Description => "Make an intermediate's key and print the request for an offline root to sign; replaces a request that waits";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _socket.All;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var made = await new Wire.Admin.Authorities.AuthoritiesClient(channel).CreateRequestAsync(new CreateSigningRequestRequest(), options);
            output.WriteLine(
                new SigningRequestReport(made.Id, made.CsrPem), AuthorityJson.Default.SigningRequestReport, report => report.CsrPem.TrimEnd());
            return ExitCode.Ok;
        },
        cancellationToken);
}
