using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Addresses;

public sealed class HostBitsLintTests
{
    [Theory]
    [InlineData("10.0.0.1/8", true)]
    [InlineData("::1/0", true)]
    [InlineData("2001:db8::1/32", true)]
    [InlineData("10.0.0.0/8", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("::/0", false)]
    [InlineData("10.0.0.1/32", false)]
    public void Bits_after_the_prefix_are_ignored(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.AddressHostBits, Written.Allow(Written.From(new Source { IpBlocks = [value] }))));
}
