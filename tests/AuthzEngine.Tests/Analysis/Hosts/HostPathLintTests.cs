using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Hosts;

public sealed class HostPathLintTests
{
    [Theory]
    [InlineData("https://a.example", true)]
    [InlineData("a.example/b", true)]
    [InlineData("a.example,b.example", true)]
    [InlineData("a.example", false)]
    [InlineData("*", false)]
    [InlineData("a.example:*", false)]
    public void A_host_has_no_scheme_or_path(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.HostPath, Written.Allow(Written.To(new Operation { Hosts = [value] }))));
}
