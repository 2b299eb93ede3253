using System.CommandLine;
using System.Globalization;
using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using MeshCA.Admin.Policies;
using MeshCA.ClusterAnalysis;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Meshes;

/// <summary><c>meshca authz check WORKLOAD</c>: the authorization policies of a workload, in the order in which its proxy goes by them.</summary>
internal sealed class AuthzCheckVerb(TimeProvider clock) : IAdminVerb
{
    private readonly ClusterParameters _clusters = new(isManyAllowed: false);
    private readonly PolicyParameters _policies = new();
    private readonly Option<ProxyKind> _proxy = WorkloadText.ProxyOption();
    private readonly Argument<string> _workload = new("WORKLOAD") { Description = WorkloadChoice.Form };

    /// <inheritdoc />
    public string Name => "authz check";

    /// <inheritdoc />
    public string Description => "List the AuthorizationPolicies of a workload with their rules, in the order in which they are gone by";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_workload, .. _clusters.All, .. _policies.All, _proxy];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) =>
        _policies.Paths(arguments).Count > 0
            ? CheckFilesAsync(arguments, output, cancellationToken)
            : CheckClusterAsync(arguments, output, cancellationToken);

    private async Task<ExitCode> CheckFilesAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (WorkloadChoice.Describe(arguments.GetRequiredValue(_workload), arguments.GetValue(_proxy)) is not { } workload)
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
        return Report(output, workload, admitted.Resources, settings.Mesh);
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
            var cluster = await new ClusterViewReader(api, name, _clusters.RootNamespace(arguments)).ReadWorkloadsAsync(cancellationToken);
            if (ClusterParameters.Refuse(cluster, output) is { } refusal)
            {
                return refusal;
            }

            if (WorkloadChoice.Find(cluster, arguments.GetRequiredValue(_workload)) is not [var workload, ..])
            {
                output.Fail($"no pod of the cluster is `{arguments.GetRequiredValue(_workload)}`");
                return ExitCode.Invalid;
            }

            var policies = ClusterPolicies.Of(cluster);
            PolicyParameters.Report(output, policies.Admitted.Findings);
            return Report(output, workload, policies.Admitted.Resources, policies.Settings);
        }
    }

    private static ExitCode Report(AdminOutput output, ViewedWorkload workload, ResourceSet resources, MeshSettings settings)
    {
        var policies = PolicySet.Compile(resources, settings).For(workload.ToWorkload());
        var rows = AuthorizationOrder.Of(policies);
        output.Write(
            new AuthzCheckReport(
                WorkloadText.Describe(workload.ToWorkload()),
                policies.IsQuarantined,
                policies.HttpModels.Allow.HasPolicies,
                rows),
            MeshJson.Default.AuthzCheckReport,
            Render);
        return ExitCode.Ok;
    }

    private static IRenderable Render(AuthzCheckReport report)
    {
        var table = AdminTables.Of(
            ["action", "policy", "rules"],
            report.Policies,
            row => [row.Action, row.Policy, row.Rules.Count == 0 ? "none: matches nothing" : string.Join('\n', row.Rules.Select(Line))]);
        return new Rows(
            new Text(AdminOutput.Printable(report.Workload)),
            table,
            new Text(report.Quarantined ? "an invalid resource names the workload: everything is denied until it is corrected"
                : report.NeedsAllow ? "what no ALLOW rule matches is denied"
                : "no ALLOW policy applies: what is not denied is allowed"));
    }

    private static string Line(AuthorizationRule rule)
    {
        string[] parts = [.. Alternatives("from", rule.From), .. Alternatives("to", rule.To), .. rule.When.Select(clause => $"when {clause}")];
        return string.Create(CultureInfo.InvariantCulture, $"{rule.Index}: {(parts.Length == 0 ? "whoever calls" : string.Join("; ", parts))}");
    }

    private static IEnumerable<string> Alternatives(string word, IReadOnlyList<IReadOnlyList<string>> alternatives) => alternatives.Count == 0
        ? []
        : [$"{word} {string.Join(" or ", alternatives.Select(clauses => string.Join(" and ", clauses)))}"];
}
