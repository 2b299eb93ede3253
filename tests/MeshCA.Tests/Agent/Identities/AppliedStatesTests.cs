using MeshCA.Agent.Identities;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class AppliedStatesTests
{
    [Fact]
    public void A_state_is_in_use_once_every_outlet_has_it()
    {
        var applied = new AppliedStates();
        var (one, other) = (applied.Add("one"), applied.Add("other"));
        one.Applied(3);
        var (lacking, changed) = applied.Look(3);
        Assert.Equal(["other"], lacking);
        Assert.False(changed.IsCompleted);
        other.Applied(2);
        Assert.True(changed.IsCompleted);
        Assert.Equal(["other"], applied.Look(3).Lacking);

        other.Applied(5);
        other.Applied(1);
        Assert.Empty(applied.Look(3).Lacking);
    }

    [Fact]
    public void Without_outlets_every_state_is_in_use() => Assert.Empty(new AppliedStates().Look(long.MaxValue).Lacking);
}
