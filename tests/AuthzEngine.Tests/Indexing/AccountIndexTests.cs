using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Indexing;

public sealed class AccountIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void An_identity_of_any_number_of_names_is_found(int names)
    {
        var peer = "spiffe://td" + string.Concat(Enumerable.Repeat("/ns/x/sa/y", names)) + "/ns/a/sa/b";
        var rule = Written.From(new Source { ServiceAccounts = ["a/b"] });
        Assert.True(rule.Matches(new RequestAttributes { SourcePrincipal = peer }));
        Assert.False(rule.Matches(new RequestAttributes { SourcePrincipal = peer + "c" }));
    }
}
