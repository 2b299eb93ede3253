using System.CommandLine;
using MeshCA.Wire.Agent;

namespace MeshCA.Admin.Agents;

/// <summary><c>meshca agent secrets</c>: what the agent gives to proxies, without the keys.</summary>
internal sealed class AgentSecretsVerb : IAdminVerb
{
    private readonly AgentAdminParameters _agent = new();
    private readonly Option<uint?> _uid = new("--uid") { Description = "As a caller of this user; needs --gid (default: as one that every entry admits)" };
    private readonly Option<uint?> _gid = new("--gid") { Description = "With --uid: the caller's primary group" };

    /// <inheritdoc />
    public string Name => "agent secrets";

    /// <inheritdoc />
    public string Description => "List the secrets that an agent serves to proxies: names, serials, validity, trust domains";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_uid, _gid, .. _agent.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var (uid, gid) = (arguments.GetValue(_uid), arguments.GetValue(_gid));
        if (uid is null != gid is null)
        {
            output.Fail("--uid and --gid go together");
            return Task.FromResult(ExitCode.Usage);
        }

        return _agent.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                var request = new ListSecretsRequest();
                if (uid is { } user && gid is { } group)
                {
                    request.Credentials = new() { UserId = user, GroupId = group };
                }

                var listed = await new Workloads.WorkloadsClient(channel).ListSecretsAsync(request, options);
                output.Write(SecretsReport.Of(listed), WorkloadJson.Default.SecretsReport, SecretsReport.Render);
                return ExitCode.Ok;
            },
            cancellationToken);
    }
}
