using MeshCA.Agent.Identities;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class AppliedStatesTests
{
    [Fact]
    public async Task A_state_is_in_use_once_every_outlet_has_it()
    {
        var applied = new AppliedStates();
        var (one, other) = (applied.Add("one"), applied.Add("other"));
        var waiting = applied.WhenAppliedAsync(3, TestContext.Current.CancellationToken);
        one.Applied(3);
        other.Applied(2);
        await Yielding.ToOthersAsync();
        Assert.False(waiting.IsCompleted);

        other.Applied(5);
        await waiting;
        other.Applied(1);
        await applied.WhenAppliedAsync(3, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_outlets_every_state_is_in_use() =>
        await new AppliedStates().WhenAppliedAsync(long.MaxValue, TestContext.Current.CancellationToken);
}
