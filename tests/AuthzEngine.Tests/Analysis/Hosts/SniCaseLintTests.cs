using AuthzEngine.Analysis;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Hosts;

public sealed class SniCaseLintTests
{
    [Theory]
    [InlineData("A.example", true)]
    [InlineData("a.example", false)]
    [InlineData("*.a.example", false)]
    public void Server_names_are_in_lower_case(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.SniCase, Written.Allow(Written.When("connection.sni", value))));
}
