using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Attachments;

public sealed class PolicyNamespaceLintTests
{
    [Theory]
    [InlineData("shop", false)]
    [InlineData("istio-system", false)]
    [InlineData("shpo", true)]
    public void A_policy_is_in_a_namespace_that_is_there(string space, bool said) => Assert.Equal(said, Linted.SaysBeside(
        There.Inventory, LintCodes.NamespaceUnknown, Written.Allow() with { Id = new(ResourceKind.AuthorizationPolicy, space, "p") }));
}
