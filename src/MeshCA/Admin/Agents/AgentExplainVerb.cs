using System.CommandLine;
using MeshCA.Wire.Agent;

namespace MeshCA.Admin.Agents;

/// <summary><c>meshca agent explain</c>: why a process has the identities that it has, or none.</summary>
internal sealed class AgentExplainVerb : IAdminVerb
{
    private readonly AgentAdminParameters _agent = new();
    private readonly Option<int?> _pid = new("--pid") { Description = "A process, as the agent sees it" };
    private readonly Option<uint?> _uid = new("--uid") { Description = "Or a user; needs --gid" };
    private readonly Option<uint?> _gid = new("--gid") { Description = "With --uid: the primary group" };

    /// <inheritdoc />
    public string Name => "agent explain";

    /// <inheritdoc />
    public string Description => "Explain which identities a process gets of an agent; ends with 3 where it gets none or is banned, with 4 where they are not there yet";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_pid, _uid, _gid, .. _agent.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var request = (arguments.GetValue(_pid), arguments.GetValue(_uid), arguments.GetValue(_gid)) switch
        {
            ({ } pid, null, null) => new ExplainWorkloadRequest { ProcessId = pid },
            (null, { } uid, { } gid) => new ExplainWorkloadRequest { Credentials = new() { UserId = uid, GroupId = gid } },
            _ => null,
        };
        if (request is null)
        {
            output.Fail("either --pid is needed, or --uid and --gid");
            return Task.FromResult(ExitCode.Usage);
        }

        return _agent.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                var report = WorkloadExplanationReport.Of(await new Workloads.WorkloadsClient(channel).ExplainAsync(request, options));
                output.Write(report, WorkloadJson.Default.WorkloadExplanationReport, WorkloadExplanationReport.Render);
                return report.Standing switch
                {
                    "READY" => ExitCode.Ok,
                    "NOT_YET" => ExitCode.Unavailable,
                    _ => ExitCode.Refused,
                };
            },
            cancellationToken);
    }
}
