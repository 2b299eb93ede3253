using System.CommandLine;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Authorities;

/// <summary><c>meshca authority list</c> and, of roots alone, <c>meshca root list</c>.</summary>
/// <param name="isOfRoots">Whether roots alone are listed.</param>
internal sealed class AuthorityListVerb(bool isOfRoots) : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();

    /// <inheritdoc />
    public string Name => isOfRoots ? "root list" : "authority list";

    /// <inheritdoc />
    public string Description => isOfRoots
        ? "List the roots there ever were, with their states"
        : "List roots, intermediates, cross-certificates, requests and JWT keys, with their states";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _socket.All;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var list = await new Wire.Admin.Authorities.AuthoritiesClient(channel).ListAsync(new ListAuthoritiesRequest(), options);
            var shown = list.Authorities.Where(authority => !isOfRoots || authority.Kind == "root").Select(AuthorityReport.Of);
            output.Write(
                new AuthorityListReport(list.Revision, list.BundleSequence, [.. shown]), AuthorityJson.Default.AuthorityListReport, Render);
            return ExitCode.Ok;
        },
        cancellationToken);

    private static IRenderable Render(AuthorityListReport report)
    {
        var table = new Table().SimpleBorder()
            .AddColumns("id", "kind", "state", "since", "until", "issuer", "key")
            .Caption($"revision {report.Revision}, trust bundle sequence {report.BundleSequence}");
        foreach (var authority in report.Authorities)
        {
            table.AddRow(
                new Text(authority.Id),
                new Text(authority.Kind),
                new Text(authority.Tainted is null ? authority.State : $"{authority.State}, tainted"),
                new Text(Times.Text(authority.StateSince)),
                new Text(Times.Text(authority.NotAfter)),
                new Text(authority.Issuer == authority.Id ? "itself" : authority.Issuer),
                new Text(authority.HasKey ? "here" : "-"));
        }

        return table;
    }
}
