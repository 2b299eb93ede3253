using MeshCA.Storage.Chaining;
using MeshCA.Storage.Consumers;
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
    [InlineData("words = NULL")]
    [InlineData("words = '{\"revocations\":9}'")]
    [InlineData("words = '{'")]
    [InlineData("seal = x''")]
    public async Task Of_a_row_that_somebody_changed_nothing_is_believed_but_that_somebody_is_behind(string change)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SaveConsumersAsync(new([Stream(sequence: 5) with { Revocations = 8 }], []), default);
        fixture.Sql($"UPDATE consumers SET {change}");

        var consumer = Assert.Single(await fixture.Store.LoadConsumersAsync(default));
        Assert.Equal((0, null, null), (consumer.Sequence, consumer.Revocations, consumer.Behind));
    }

    [Fact]
    public async Task A_row_that_somebody_added_is_behind()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SaveConsumersAsync(new([Stream(sequence: 5)], []), default);
        fixture.Sql("INSERT INTO consumers SELECT kind, identity, 'two', pod_uid, peer, sequence, seen_us, seal, words FROM consumers");

        Assert.Equal([("one", 5L), ("two", 0L)], (await fixture.Store.LoadConsumersAsync(default)).Select(c => (c.Instance, c.Sequence)).Order());
    }

    // A store of before has rows without the column, sealed as they were.
    [Fact]
    public async Task What_a_consumer_says_is_kept_and_one_that_says_nothing_is_sealed_as_before()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var said = Stream(sequence: 5) with
        {
            Revocations = 8,
            Behind = new(2, ["a proxy", "\ud83d\ude00 {\"x\"}"]) { Sequence = 6, InUse = 5, Since = Now, SaidAt = Now.AddSeconds(3) },
        };
        var talkative = said with { Behind = said.Behind with { Examples = [.. said.Behind.Examples, "a third"] } }; // two are kept
        await fixture.Store.SaveConsumersAsync(new([talkative, Stream(instance: "two", sequence: 4)], []), default);
        var loaded = (await fixture.Store.LoadConsumersAsync(default)).OrderBy(consumer => consumer.Id).ToList();
        Assert.Equal(said.Behind!.Examples, loaded[0].Behind!.Examples);
        Assert.Equal([said, Stream(instance: "two", sequence: 4)], loaded);

        var (plain, former) = (new CanonicalWriter(), new CanonicalWriter());
        var row = ConsumerRow.From(Stream(sequence: 4));
        row.Encode(plain);
        former.Number(row.Kind).Text(row.Identity).Text(row.Instance).Text(row.PodUid).Text(row.Peer).Number(row.Sequence).Number(row.SeenAt);
        Assert.Equal(former.Written, plain.Written);
    }
}
