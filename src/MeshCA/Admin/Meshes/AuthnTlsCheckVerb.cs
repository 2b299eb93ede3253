using System.CommandLine;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using MeshCA.Admin.Policies;
using MeshCA.ClusterAnalysis;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Meshes;

/// <summary><c>meshca authn tls-check [WORKLOAD]</c>: the mTLS mode of each port, who says so, and whether callers go along with it.</summary>
internal sealed class AuthnTlsCheckVerb(TimeProvider clock) : IAdminVerb
{
    private readonly ClusterParameters _clusters = new(isManyAllowed: false);
    private readonly PolicyParameters _policies = new();
    private readonly Option<ProxyKind> _proxy = WorkloadText.ProxyOption();

    private readonly Argument<string?> _workload = new("WORKLOAD")
    {
        Description = $"{WorkloadChoice.Form}; without it every workload of the cluster",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _from = new("--from")
    {
        Description = $"The caller, as {WorkloadChoice.Form}: whether a proxy stands before it; without it any caller of the mesh",
    };

    /// <inheritdoc />
    public string Name => "authn tls-check";

    /// <inheritdoc />
    public string Description => "Show the mutual TLS mode of each port of workloads, which policy says so, and whether callers go along with it; ends with 5 on a conflict";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_workload, _from, .. _clusters.All, .. _policies.All, _proxy];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) =>
        _policies.Paths(arguments).Count > 0
            ? CheckFilesAsync(arguments, output, cancellationToken)
            : CheckClusterAsync(arguments, output, cancellationToken);

    private async Task<ExitCode> CheckFilesAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_workload) is not { } text || WorkloadChoice.Describe(text, arguments.GetValue(_proxy)) is not { } server)
        {
            output.Fail("with --policies a workload is needed, as `namespace` or `namespace/label=value`");
            return ExitCode.Usage;
        }

        if (arguments.GetValue(_from) is not null)
        {
            output.Fail("--from is about pods of a cluster");
            return ExitCode.Usage;
        }

        if (await _policies.ReadSettingsAsync(arguments, output, cancellationToken) is not { } settings)
        {
            return ExitCode.Invalid;
        }

        var admitted = (await _policies.ReadPoliciesAsync(arguments, cancellationToken)).Admit(settings);
        PolicyParameters.Report(output, admitted.Findings);
        var modes = new PeerAuthenticationModes(admitted.Resources.Resources.OfType<PeerAuthentication>(), settings.Mesh);
        return Report(output, [.. MutualTlsCheck.Check([server], modes, [], [], caller: null).Select(row => row with { Workload = text })]);
    }

    private async Task<ExitCode> CheckClusterAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!_clusters.TryOpen(arguments, output, clock, out var opened))
        {
            return ExitCode.Usage;
        }

        using (opened)
        {
            var (name, api) = opened.Clusters[0];
            var reader = new ClusterViewReader(api, name, _clusters.RootNamespace(arguments));
            var cluster = await reader.ReadClientRulesAsync(await reader.ReadWorkloadsAsync(cancellationToken), cancellationToken);
            if (ClusterParameters.Refuse(cluster, output) is { } refusal)
            {
                return refusal;
            }

            var servers = arguments.GetValue(_workload) is { } text ? WorkloadChoice.Find(cluster, text) : ViewedWorkload.Of(cluster);
            var callers = arguments.GetValue(_from) is { } from ? WorkloadChoice.Find(cluster, from) : null;
            if (servers.Count == 0 || callers is { Count: 0 })
            {
                output.Fail($"no pod of the cluster is `{(servers.Count == 0 ? arguments.GetValue(_workload) : arguments.GetValue(_from))}`");
                return ExitCode.Invalid;
            }

            return Report(output, MutualTlsCheck.Check(
                servers, ClusterPolicies.Of(cluster).Modes, cluster.Services, reader.ClientRules, callers?[0].Placement));
        }
    }

    private static ExitCode Report(AdminOutput output, IReadOnlyList<MutualTlsRow> rows)
    {
        output.Write([.. rows.Select(TlsCheckReport.Of)], MeshJson.Default.IReadOnlyListTlsCheckReport, Render);
        return rows.Any(row => row.Status == MutualTlsStatus.Conflict) ? ExitCode.Invalid : ExitCode.Ok;
    }

    private static IRenderable Render(IReadOnlyList<TlsCheckReport> rows) =>
        AdminTables.Of(["workload", "port", "server", "says so", "client", "says so", "status"], rows, row => row.Cells());
}
