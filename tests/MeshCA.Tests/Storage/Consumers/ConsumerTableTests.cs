using Xunit;
using static MeshCA.Tests.Consumers.Fleet;

namespace MeshCA.Tests.Storage.Consumers;

public sealed class ConsumerTableTests
{
    [Theory]
    [InlineData("sequence = 99")]
    [InlineData("identity = 'spiffe://td/other'")]
    [InlineData("instance = 'other'")]
    [InlineData("pod_uid = 'p'")]
    [InlineData("peer = 'ipv4:1.1.1.1'")]
    [InlineData("seen_us = seen_us + 1")]
    [InlineData("kind = 2")]
    [InlineData("seal = x''")]
    public async Task Of_a_row_that_somebody_changed_nothing_is_believed_but_that_somebody_is_behind(string change)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SaveConsumersAsync(new([Stream(sequence: 5)], []), default);
        fixture.Sql($"UPDATE consumers SET {change}");

        Assert.Equal(0, Assert.Single(await fixture.Store.LoadConsumersAsync(default)).Sequence);
    }

    [Fact]
    public async Task A_row_that_somebody_added_is_behind()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SaveConsumersAsync(new([Stream(sequence: 5)], []), default);
        fixture.Sql("INSERT INTO consumers SELECT kind, identity, 'two', pod_uid, peer, sequence, seen_us, seal FROM consumers");

        Assert.Equal([("one", 5L), ("two", 0L)], (await fixture.Store.LoadConsumersAsync(default)).Select(c => (c.Instance, c.Sequence)).Order());
    }
}
