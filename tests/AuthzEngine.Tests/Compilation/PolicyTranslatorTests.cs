using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Compilation;

public sealed class PolicyTranslatorTests
{
    [Fact]
    public void A_rule_without_http_attributes_is_one_object_for_both_protocols()
    {
        var model = PolicyTranslator.Translate(Written.Allow(Written.To(new Operation { Ports = ["80"] })), new MeshSettings());
        Assert.Same(Assert.Single(model.HttpRules), Assert.Single(model.TcpRules));
    }

    [Fact]
    public void Every_clause_names_the_field_it_was_made_of()
    {
        var policy = Written.Deny(Written.To(new Operation { Hosts = ["a"], NotPaths = ["/b"] }));
        var rule = Assert.Single(PolicyTranslator.Translate(policy, new MeshSettings()).HttpRules);
        Assert.Equal(
            ["spec.rules[0].to[0].operation.hosts", "spec.rules[0].to[0].operation.notPaths"],
            rule.To[0].Select(clause => clause.Field));
        Assert.Equal([false, true], rule.To[0].Select(clause => clause.Negated));
    }
}
