using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using AuthzEngine.Tests.Reference;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Evaluation;

public sealed class WorkloadPoliciesTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Fact]
    public void A_decision_is_what_the_specification_says_of_the_policies_as_written() =>
        Prop.ForAll(Samples.All.ToArbitrary(), sample =>
        {
            var expected = new ReferenceEvaluator(sample.Resources, sample.Settings, Sample.Workload).Decide(sample.Request);
            var actual = ReferenceDecision.Of(Decide(sample));
            return (PortDecidesAndIsUnknown(sample) || expected == actual).Label($"expected {expected}, got {actual}");
        }).Check(Many);

    [Fact]
    public void Adding_a_DENY_policy_never_allows_more() =>
        Prop.ForAll(Samples.All.ToArbitrary(), Samples.PoliciesOf(Gen.Constant(PolicyAction.Deny)).ToArbitrary(), (sample, more) =>
            Decide(With(sample, more), sample).Verdict == Verdict.Deny || Decide(sample).Verdict == Verdict.Allow).Check(Many);

    [Fact]
    public void Adding_an_ALLOW_rule_beside_ALLOW_policies_never_denies_more()
    {
        var closed = new AuthorizationPolicy { Id = new(ResourceKind.AuthorizationPolicy, "shop", "closed") };
        Prop.ForAll(Samples.All.ToArbitrary(), Samples.PoliciesOf(Gen.Constant(PolicyAction.Allow)).ToArbitrary(), (sample, more) =>
            Decide([.. sample.Resources.Resources, closed], sample).Verdict == Verdict.Deny
            || Decide([.. With(sample, more), closed], sample).Verdict == Verdict.Allow).Check(Many);
    }

    [Fact]
    public void An_attribute_that_is_not_supplied_never_turns_a_denial_into_a_permission() =>
        Prop.ForAll(Samples.All.ToArbitrary(), SampleRequests.Gaps.ToArbitrary(), (sample, gaps) =>
        {
            var unsupplied = sample with { Request = sample.Request with { Unsupplied = sample.Request.Unsupplied | gaps } };
            return Decide(sample).Verdict == Verdict.Allow || Decide(unsupplied).Verdict == Verdict.Deny;
        }).Check(Many);

    [Fact]
    public void A_decision_that_assumed_nothing_holds_whatever_the_unknown_attributes_are() =>
        Prop.ForAll(Samples.All.ToArbitrary(), SampleRequests.Gaps.ToArbitrary(), (sample, gaps) =>
        {
            var unsupplied = Decide(sample with { Request = sample.Request with { Unsupplied = gaps } });
            var known = Decide(sample with { Request = sample.Request with { Unsupplied = AttributeKinds.None } });
            return (unsupplied.Assumed & ~gaps) == AttributeKinds.None
                && (unsupplied.Assumed != AttributeKinds.None || unsupplied.Verdict == known.Verdict);
        }).Check(Many);

    [Fact]
    public void An_explanation_agrees_with_the_decision_on_every_rule() =>
        Prop.ForAll(Samples.All.ToArbitrary(), sample =>
        {
            var explanation = Policies(sample).Explain(sample.Request.ToAttributes());
            return ReferenceDecision.Of(explanation.Decision) == ReferenceDecision.Of(Decide(sample))
                && new ExplanationRules(sample.Resources.Resources).Hold(explanation);
        }).Check(Many);

    [Fact]
    public void A_decision_allocates_nothing()
    {
        var rules = Gen.Choose(1, 8).SelectMany(SampleRules.All.ArrayOf).Sample(40).Select((written, i) => new AuthorizationPolicy
        {
            Id = new(ResourceKind.AuthorizationPolicy, "shop", "p" + i),
            Action = (PolicyAction)(i % 4),
            Provider = i % 4 == (int)PolicyAction.Custom ? new ProviderReference("sso") : null,
            Rules = written,
        });
        var settings = new MeshSettings { ExtensionProviders = [new("sso", ExtensionProviderKind.Grpc)], RepeatedHeaders = RepeatedHeaders.Joined };
        var policies = PolicySet.Compile(new ResourceSet([.. rules], []), settings).For(Sample.Workload);
        RequestAttributes[] requests = [.. SampleRequests.All.Sample(200).Select(request => request.ToAttributes())];
        DecideAll(policies, requests); // what is pooled or compiled at first use
        var before = GC.GetAllocatedBytesForCurrentThread();
        DecideAll(policies, requests);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void DecideAll(WorkloadPolicies policies, RequestAttributes[] requests)
    {
        foreach (var request in requests)
        {
            _ = policies.Decide(in request);
        }
    }

    // Which mode holds is unknown then: the two properties of unknown attributes cover it.
    private static bool PortDecidesAndIsUnknown(Sample sample) =>
        (sample.Request.Unsupplied & AttributeKinds.DestinationPort) != 0 && sample.Resources.Resources.OfType<PeerAuthentication>().Any();

    // Named apart from those that are there, and only the policies: the other kinds neither deny nor allow by rules.
    private static IReadOnlyList<PolicyResource> With(Sample sample, IReadOnlyList<PolicyResource> more) =>
    [
        .. sample.Resources.Resources,
        .. more.OfType<AuthorizationPolicy>().Select(policy => policy with { Id = policy.Id with { Name = "more-" + policy.Id.Name } }),
    ];

    private static Decision Decide(Sample sample) => Decide(sample.Resources.Resources, sample);

    private static Decision Decide(IReadOnlyList<PolicyResource> resources, Sample sample) =>
        Policies(sample with { Resources = sample.Resources with { Resources = resources } }).Decide(sample.Request.ToAttributes());

    private static WorkloadPolicies Policies(Sample sample) =>
        PolicySet.Compile(sample.Resources, sample.Settings).For(Sample.Workload);
}
