using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Paths;

public sealed class PathBaseLintTests
{
    [Theory]
    [InlineData("/a/*", true)]
    [InlineData("/a/{**}", true)]
    [InlineData("/{*}/{**}", false)]
    [InlineData("/*", false)]
    [InlineData("/{**}", false)]
    [InlineData("/a*", false)]
    [InlineData("/a", false)]
    [InlineData("*/a/*", false)]
    public void What_is_below_a_path_does_not_include_it(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.PathWithoutBase, Written.Allow(Written.To(new Operation { Paths = [value] }))));

    [Fact]
    public void Nothing_is_said_where_the_list_has_the_path_too() => Assert.False(Linted.Says(
        LintCodes.PathWithoutBase, Written.Allow(Written.To(new Operation { Paths = ["/a/*", "/a"] }))));

    [Theory]
    [InlineData(PolicyAction.Deny, Severity.Warning)]
    [InlineData(PolicyAction.Allow, Severity.Info)]
    public void It_is_a_warning_where_a_request_gets_through(PolicyAction action, Severity severity) => Assert.Equal(
        severity, Linted.The(LintCodes.PathWithoutBase, Written.Policy(action, Written.To(new Operation { Paths = ["/a/*"] }))).Severity);
}
