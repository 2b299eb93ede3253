using MeshCA.Rpc.Administration;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Administration;

public sealed class RevocationMessagesTests
{
    // The order is done by then: its answer must leave before its caller has given it up.
    [Theory]
    [InlineData(10, 5_000, Label = "the wait is the shorter")]
    [InlineData(5.5, 5_000, Label = "just long enough")]
    [InlineData(3, 2_500, Label = "less time for the call")]
    [InlineData(0.5, 0, Label = "only for the answer")]
    [InlineData(0.1, 0, Label = "less than that")]
    [InlineData(-1, 0, Label = "too late already")]
    public void An_order_waits_no_longer_than_its_call_leaves_time_for_the_answer(double seconds, double expected) => Assert.Equal(
        TimeSpan.FromMilliseconds(expected),
        RevocationMessages.PatienceFor(TimeSpan.FromSeconds(5), StoreSamples.Now.UtcDateTime.AddSeconds(seconds), StoreSamples.Now));

    [Fact]
    public void Without_a_deadline_an_order_waits_as_long_as_it_was_told() =>
        Assert.Equal(TimeSpan.FromSeconds(5), RevocationMessages.PatienceFor(TimeSpan.FromSeconds(5), DateTime.MaxValue, StoreSamples.Now));
}
