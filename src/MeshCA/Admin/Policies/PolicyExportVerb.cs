using System.CommandLine;
using AuthzEngine.Compilation;
using AuthzEngine.Formats.Rbac;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy export</c>: a workload's policies as configuration of Envoy's RBAC filters.</summary>
internal sealed class PolicyExportVerb : IAdminVerb
{
    private readonly PolicyParameters _policies = new();

    private readonly Option<string> _workload = new("--workload")
    {
        Description = "The workload: `namespace`, or `namespace/label=value,label=value`",
        Required = true,
    };

    private readonly Option<RequestProtocol> _protocol =
        new Option<RequestProtocol>("--protocol") { Description = "Protocol of the port: Http (the default) or Tcp" }.AsOneOf();

    private readonly Option<ProxyKind> _proxy = WorkloadText.ProxyOption();

    /// <inheritdoc />
    public string Name => "policy export";

    /// <inheritdoc />
    public string Description => "Print a workload's policies as Envoy RBAC filters: YAML, or JSON with --output json";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _policies.All, _workload, _protocol, _proxy];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!WorkloadText.TryParse(arguments.GetRequiredValue(_workload), out var named))
        {
            output.Fail($"`{arguments.GetRequiredValue(_workload)}` is no workload");
            return ExitCode.Usage;
        }

        if (await _policies.ReadSettingsAsync(arguments, output, cancellationToken) is not { } settings)
        {
            return ExitCode.Invalid;
        }

        var admitted = (await _policies.ReadPoliciesAsync(arguments, cancellationToken)).Admit(settings);
        PolicyParameters.Report(output, admitted.Findings);
        var workload = named with { Proxy = arguments.GetValue(_proxy) };
        var options = new RbacExportOptions
        {
            // A waypoint sees the connection of ztunnel, not of the peer.
            PeerIdentity = workload.Proxy == ProxyKind.Waypoint ? PeerIdentitySource.FilterState : PeerIdentitySource.Certificate,
        };
        var rbac = PolicySet.Compile(admitted.Resources, settings.Mesh).For(workload).ToEnvoyRbac(arguments.GetValue(_protocol), options);
        await output.Console.Out.WriteAsync(output.Format == OutputFormat.Json ? RbacText.ToJson(rbac) : RbacText.ToYaml(rbac));
        return ExitCode.Ok;
    }
}
