using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Evaluation;

public sealed class MutualTlsStageTests
{
    private const string Peer = "spiffe://td/ns/a/sa/b";

    // The mode of port 80 and of all others, the peer, and what is decided when the port is unknown.
    [Theory]
    [InlineData(MutualTlsMode.Strict, MutualTlsMode.Permissive, null, DecisionReason.PlaintextRefused, AttributeKinds.DestinationPort)]
    [InlineData(MutualTlsMode.Strict, MutualTlsMode.Permissive, Peer, DecisionReason.AllowRuleMatched, AttributeKinds.None)]
    [InlineData(MutualTlsMode.Disable, MutualTlsMode.Permissive, Peer, DecisionReason.NoAllowRuleMatched, AttributeKinds.DestinationPort)]
    [InlineData(MutualTlsMode.Disable, MutualTlsMode.Permissive, null, DecisionReason.NoAllowRuleMatched, AttributeKinds.None)]
    [InlineData(MutualTlsMode.Disable, MutualTlsMode.Disable, Peer, DecisionReason.NoAllowRuleMatched, AttributeKinds.None)]
    public void Of_an_unknown_port_the_mode_is_assumed_that_allows_least(
        MutualTlsMode port, MutualTlsMode others, string? peer, DecisionReason reason, AttributeKinds assumed)
    {
        var decision = Decide(port, others, new() { SourcePrincipal = peer, Unsupplied = AttributeKinds.DestinationPort });
        Assert.Equal((reason, assumed), (decision.Reason, decision.Assumed));
    }

    [Theory]
    [InlineData(80, DecisionReason.PlaintextRefused)]
    [InlineData(81, DecisionReason.NoAllowRuleMatched)]
    [InlineData(null, DecisionReason.NoAllowRuleMatched)]
    public void Strict_on_one_port_refuses_plaintext_there_alone(int? port, DecisionReason reason) =>
        Assert.Equal(reason, Decide(MutualTlsMode.Strict, MutualTlsMode.Permissive, new() { DestinationPort = port }).Reason);

    [Fact]
    public void Strict_refuses_a_peer_whose_identity_is_unknown()
    {
        var decision = Decide(MutualTlsMode.Strict, MutualTlsMode.Strict, new() { Unsupplied = AttributeKinds.SourcePrincipal });
        Assert.Equal((DecisionReason.PlaintextRefused, AttributeKinds.SourcePrincipal), (decision.Reason, decision.Assumed));
    }

    private static Decision Decide(MutualTlsMode port, MutualTlsMode others, RequestAttributes request)
    {
        var modes = Written.Peers(Written.Labels("app", "cart")) with
        {
            Mode = others,
            PortLevelModes = new Dictionary<string, MutualTlsMode> { ["80"] = port },
        };
        var allow = Written.Allow(Written.From(new Source { Principals = ["*"] }));
        return PolicySet.Compile(new ResourceSet([modes, allow], []), new())
            .For(new Workload { Namespace = "shop", Labels = Written.Labels("app", "cart").MatchLabels })
            .Decide(in request);
    }
}
