using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Compilation;

public sealed class PolicySetTests
{
    private static readonly Workload Cart = Workload("cart");

    // Namespace of the invalid resource, its selector, and whether it holds the workload `cart` of `shop` shut.
    [Theory]
    [InlineData("shop", null, true)]
    [InlineData("shop", "cart", true)]
    [InlineData("shop", "web", false)]
    [InlineData("istio-system", null, true)]
    [InlineData("istio-system", "web", false)]
    [InlineData("other", null, false)]
    public void An_invalid_resource_holds_the_workloads_shut_that_it_names(string @namespace, string? app, bool shut)
    {
        var id = new ResourceId(ResourceKind.RequestAuthentication, @namespace, "r");
        var quarantined = new QuarantinedResource(id, @namespace, app is null ? null : new(Labels(app)));
        var policies = PolicySet.Compile(new ResourceSet([Written.Policy(PolicyAction.Allow, new Rule())], [quarantined]), new()).For(Cart);
        var decision = policies.Decide(default);
        Assert.Equal(shut, policies.IsQuarantined);
        Assert.Equal(shut ? DecisionReason.InvalidResource : DecisionReason.AllowRuleMatched, decision.Reason);
        Assert.Equal(shut ? id : Written.Policy(PolicyAction.Allow).Id, decision.Rule?.Policy);
    }

    [Fact]
    public void Workloads_to_which_the_same_policies_apply_share_their_rules()
    {
        var set = PolicySet.Compile(new ResourceSet([Written.Policy(PolicyAction.Deny, Written.When("destination.port", "80"))], []), new());
        Assert.Same(set.For(Cart).HttpModels.Deny.Rules[0], set.For(Workload("web")).HttpModels.Deny.Rules[0]);
    }

    [Fact]
    public void Token_rules_of_all_resources_are_joined_by_issuer()
    {
        RequestAuthentication Tokens(string name, params string[] issuers) => new()
        {
            Id = new(ResourceKind.RequestAuthentication, "shop", name),
            JwtRules = [.. issuers.Select(issuer => new JwtRule { Issuer = issuer })],
        };
        var policies = PolicySet.Compile(new ResourceSet([Tokens("a", "c", "a"), Tokens("b", "b")], []), new()).For(Cart);
        Assert.Equal(["a", "b", "c"], policies.JwtRules.Select(rule => rule.Issuer));
    }

    [Fact]
    public void What_rules_and_modes_read_is_known_beforehand()
    {
        var strict = new PeerAuthentication { Id = new(ResourceKind.PeerAuthentication, "shop", "p"), Mode = MutualTlsMode.Strict };
        var rule = Written.When("request.headers[x]", "y") with { To = [new RuleTo(new Operation { NotPorts = ["1"] })] };
        Assert.Equal(
            AttributeKinds.SourcePrincipal | AttributeKinds.Headers | AttributeKinds.DestinationPort,
            PolicySet.Compile(new ResourceSet([strict, Written.Policy(PolicyAction.Audit, rule)], []), new()).For(Cart).Reads);
        Assert.Equal(AttributeKinds.None, PolicySet.Compile(ResourceSet.Empty, new()).For(Cart).Reads);
    }

    [Fact]
    public void An_explanation_names_the_clause_that_failed_and_the_value_it_failed_on()
    {
        var rule = Written.To(new Operation { Methods = ["GET"], Paths = ["/a"] });
        var set = PolicySet.Compile(new ResourceSet([Written.Policy(PolicyAction.Allow, rule)], []), new());
        var explained = set.For(Cart).Explain(new RequestAttributes { Method = "GET", Path = "/b?q" });
        var clauses = Assert.Single(Assert.Single(explained.Policies).Rules).Clauses;
        Assert.Equal(
            [("spec.rules[0].to[0].operation.methods", ClauseOutcome.Holds, "GET"), ("spec.rules[0].to[0].operation.paths", ClauseOutcome.Fails, "/b")],
            clauses.Select(clause => (clause.Field, clause.Outcome, Assert.Single(clause.Values))));
    }

    private static Workload Workload(string app) => new() { Namespace = "shop", Labels = Labels(app) };

    private static Dictionary<string, string> Labels(string app) => new() { ["app"] = app };
}
