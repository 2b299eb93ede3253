using AuthzEngine.Formats.Words;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Formats.Tests.Words;

public sealed class ProxyNamesTests
{
    [Fact]
    public void Every_kind_has_a_name_by_which_it_is_read()
    {
        Assert.Equal(["gateway", "sidecar", "waypoint"], ProxyNames.ByName.Keys.Order());
        Assert.All(Enum.GetValues<ProxyKind>(), kind => Assert.Equal(kind, ProxyNames.ByName[ProxyNames.Of(kind)]));
    }
}
