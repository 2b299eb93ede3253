using System.CommandLine;
using MeshCA.Wire.Policies;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy list</c>: what was applied to a running service.</summary>
internal sealed class PolicyListVerb : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();

    /// <inheritdoc />
    public string Name => "policy list";

    /// <inheritdoc />
    public string Description => "List the policies that were applied to a running service, and the last revision";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _socket.All;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var list = await new PolicyAdministration.PolicyAdministrationClient(channel).ListAsync(new ListRequest(), options);
            var report = new PolicyListReport(list.Revision, [.. list.Resources.Select(AppliedRow.Of)]);
            output.Write(report, PolicyJson.Default.PolicyListReport, Render);
            return ExitCode.Ok;
        },
        cancellationToken);

    private static IRenderable Render(PolicyListReport report) =>
        AdminTables.Of(["resource", "revision"], report.Resources, row => [row.Resource, PolicyReports.Number(row.Revision)])
            .Caption($"revision {report.Revision}");
}
