using AuthzEngine.Policies;
using MeshCA.DecisionLog;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class PolicyLabelsTests
{
    [Fact]
    public void So_many_resources_have_a_label_of_their_own_and_keep_it()
    {
        var labels = new PolicyLabels(2);

        Assert.Equal("AuthorizationPolicy/shop/a", labels.Of(Id("a")));
        Assert.Equal("AuthorizationPolicy/shop/b", labels.Of(Id("b")));
        Assert.Equal("other", labels.Of(Id("c")));
        Assert.Same(labels.Of(Id("a")), labels.Of(Id("a")));
    }

    [Fact]
    public void None_may_have_one() => Assert.Equal("other", new PolicyLabels(0).Of(Id("a")));

    private static ResourceId Id(string name) => new(ResourceKind.AuthorizationPolicy, "shop", name);
}
