using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Rbac;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Formats.Tests.Rbac;

public sealed class RbacEquivalenceTests
{
    [Fact]
    public void A_proxy_with_the_export_decides_as_the_engine() => Check(new RbacExportOptions());

    [Fact]
    public void A_waypoint_with_newer_metadata_matchers_decides_as_the_engine() => Check(new RbacExportOptions
    {
        PeerIdentity = PeerIdentitySource.FilterState,
        Metadata = MetadataForm.SourcedMetadata,
    });

    [Fact]
    public void No_export_exceeds_what_envoy_accepts() =>
        Prop.ForAll(PolicyGenerator.Meshes().ToArbitrary(), mesh =>
        {
            var policies = PolicySet.Compile(mesh.Resources, mesh.Settings).For(Mesh.Workload);
            Assert.All(Enum.GetValues<RequestProtocol>(), protocol => Assert.Empty(
                policies.ToEnvoyRbac(protocol).Filters.SelectMany(filter => EnvoyLimits.Violations(filter.Configuration))));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    // A property over requests that all fare alike would prove little.
    [Fact]
    public void The_drawn_requests_meet_every_stage()
    {
        var draws = PolicyGenerator.Meshes().Zip(RequestGenerator.Requests().ArrayOf(12)).Sample(500);
        var decisions = draws.SelectMany(draw =>
        {
            var policies = PolicySet.Compile(draw.Item1.Resources, draw.Item1.Settings).For(Mesh.Workload);
            return draw.Item2.Select(request => policies.Decide(in request));
        }).ToList();
        Assert.Superset(
            new HashSet<DecisionReason>
            {
                DecisionReason.NoAllowPolicy, DecisionReason.AllowRuleMatched, DecisionReason.NoAllowRuleMatched,
                DecisionReason.DenyRuleMatched, DecisionReason.PlaintextRefused, DecisionReason.ProviderMisconfigured,
                DecisionReason.InvalidResource,
            },
            decisions.Select(decision => decision.Reason).ToHashSet());
        Assert.Contains(decisions, decision => decision.Audit);
        Assert.Contains(decisions, decision => decision.ProvidersToAsk is not null);
        Assert.Contains(decisions, decision => decision.DryRunDeny.Outcome == DryRunOutcome.Denied);
        Assert.Contains(decisions, decision => decision.DryRunAllow.Outcome == DryRunOutcome.Allowed);
    }

    private static void Check(RbacExportOptions options) =>
        Prop.ForAll(PolicyGenerator.Meshes().ToArbitrary(), RequestGenerator.Requests().ArrayOf(12).ToArbitrary(), (mesh, requests) =>
        {
            var policies = PolicySet.Compile(mesh.Resources, mesh.Settings).For(Mesh.Workload);
            foreach (var request in requests)
            {
                var decision = policies.Decide(in request);
                var outcome = RbacInterpreter.Run(
                    policies.ToEnvoyRbac(request.Protocol, options).Filters,
                    new EnvoyRequest(AtTheProxy(policies, in request), mesh.Settings.RepeatedHeaders));
                Compare(decision, outcome);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    // A port whose mode is DISABLE does not terminate TLS: its proxy sees no certificate.
    private static RequestAttributes AtTheProxy(WorkloadPolicies policies, in RequestAttributes request) =>
        policies.MutualTlsMode(request.DestinationPort) == MutualTlsMode.Disable ? request with { SourcePrincipal = null } : request;

    private static void Compare(Decision decision, RbacOutcome outcome)
    {
        Assert.Equal(decision.Verdict == Verdict.Deny, outcome.Denied);
        if (decision.Reason is DecisionReason.InvalidResource or DecisionReason.PlaintextRefused)
        {
            Assert.StartsWith("meshca-", outcome.EffectivePolicy, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(decision.Rule?.Id, outcome.EffectivePolicy);
        if (decision.Reason == DecisionReason.ProviderMisconfigured)
        {
            return; // the chain ends there: what the later stages would report is not asked
        }

        Assert.Equal(decision.Audit, outcome.Marked);
        Assert.Equal(
            decision.ProvidersToAsk?.Select(question => question.Rule.Id) ?? [],
            outcome.Shadows["istio_ext_authz_"].Select(shadow => shadow.Policy).OfType<string>());
        CompareDryRun(decision.DryRunDeny, outcome.Shadows["istio_dry_run_deny_"]);
        if (decision.Reason != DecisionReason.DenyRuleMatched)
        {
            CompareDryRun(decision.DryRunAllow, outcome.Shadows["istio_dry_run_allow_"]);
        }
    }

    private static void CompareDryRun(DryRunResult decided, IEnumerable<ShadowResult> reported)
    {
        var shadow = reported.SingleOrDefault();
        Assert.Equal(decided.Outcome, shadow is null ? DryRunOutcome.None : shadow.Allowed ? DryRunOutcome.Allowed : DryRunOutcome.Denied);
        Assert.Equal(decided.Rule?.Id, shadow?.Policy);
    }
}
