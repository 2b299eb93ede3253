using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Addresses;

public sealed class MappedAddressLintTests
{
    [Theory]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("::ffff:10.0.0.0/104", true)]
    [InlineData("::ffff:0:0/95", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("2001:db8::1", false)]
    public void Peers_over_IPv4_have_IPv4_addresses(string value, bool said) =>
        Assert.Equal(said, Linted.Says(LintCodes.AddressMapped, Written.Allow(Written.From(new Source { IpBlocks = [value] }))));
}
