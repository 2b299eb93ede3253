using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Attachments;

public sealed class UnknownNameLintTests
{
    [Theory]
    [InlineData("shop", false)]
    [InlineData("web", false)]
    [InlineData("nowhere", true)]
    [InlineData("no*", false)]
    public void Namespaces_must_be_there(string value, bool said) => Assert.Equal(said, Linted.SaysBeside(
        There.Inventory, LintCodes.NamespaceUnknown, Written.Allow(Written.From(new Source { Namespaces = [value] }))));

    [Theory]
    [InlineData("cart", false)]
    [InlineData("shop/cart", false)]
    [InlineData("shop/ghost", true)]
    [InlineData("ghost", true)]
    [InlineData("web/ghost", true)]
    [InlineData("nowhere/ghost", false)] // the namespace is what is missing
    public void Service_accounts_must_be_run_as(string value, bool said) => Assert.Equal(said, Linted.SaysBeside(
        There.Inventory, LintCodes.ServiceAccountUnknown, Written.Allow(Written.From(new Source { ServiceAccounts = [value] }))));

    [Theory]
    [InlineData("cluster.local/ns/shop/sa/cart", false)]
    [InlineData("cluster.local/ns/shop/sa/ghost", true)]
    [InlineData("other.example/ns/shop/sa/ghost", false)]
    [InlineData("cluster.local/ns/shop/sa/gh*", false)]
    public void Principals_of_the_mesh_must_be_run_as(string value, bool said) => Assert.Equal(said, Linted.SaysBeside(
        There.Inventory, LintCodes.ServiceAccountUnknown, Written.Allow(Written.From(new Source { Principals = [value] }))));
}
