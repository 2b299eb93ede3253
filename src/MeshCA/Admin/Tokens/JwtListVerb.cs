using System.CommandLine;
using MeshCA.Admin.Certificates;

namespace MeshCA.Admin.Tokens;

/// <summary><c>meshca jwt list</c>: the JWT-SVIDs that a running service issued, by one filter and page after page; no token is in it.</summary>
internal sealed class JwtListVerb : IAdminVerb
{
    private readonly CertificatePages _pages = new(
        "JWT-SVIDs",
        new("--jti") { Description = "Only the one with this `jti`" },
        new("--kid") { Description = "Only those that this key signed, by its `kid`" });

    /// <inheritdoc />
    public string Name => "jwt list";

    /// <inheritdoc />
    public string Description => "List the JWT-SVIDs that a running service issued, newest first; one filter at a time";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _pages.Filters, .. _pages.Others];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) =>
        _pages.PrintAsync(arguments, output, new() { JwtSvids = true }, CertificateRow.TokenTable, cancellationToken);
}
