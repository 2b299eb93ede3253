using System.CommandLine;
using MeshCA.Wire.Policies;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy status</c>: what is in force in a running service, and what is not as it was written.</summary>
internal sealed class PolicyStatusVerb : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();

    /// <inheritdoc />
    public string Name => "policy status";

    /// <inheritdoc />
    public string Description => "Show the policy sources and resources of a running service; ends with 5 where one fails or is rejected";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => _socket.All;

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var status = await new PolicyAdministration.PolicyAdministrationClient(channel).GetStatusAsync(new GetStatusRequest(), options);
            var report = PolicyStatusReport.Of(status);
            output.Write(report, PolicyJson.Default.PolicyStatusReport, Render);
            return report.IsSound ? ExitCode.Ok : ExitCode.Invalid;
        },
        cancellationToken);

    private static IRenderable Render(PolicyStatusReport report) => new Rows(
        AdminTables.Of(["source", "read at", "state", "findings"], report.Sources, source =>
            [source.Name, PolicyReports.Number(source.Revision), source.Failed ? "failed" : "ok", string.Join("; ", source.Findings)]),
        AdminTables.Of(["resource", "status", "in force", "sources", "findings"], report.Resources, resource =>
            [
                resource.Resource,
                resource.Status,
                PolicyReports.Number(resource.RevisionInForce),
                string.Join(", ", resource.Sources),
                string.Join("; ", resource.Findings),
            ]),
        new Text($"revision {report.Revision}, in force {PolicyReports.Number(report.RevisionInForce)}"));
}
