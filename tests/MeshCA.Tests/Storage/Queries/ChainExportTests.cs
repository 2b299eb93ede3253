using System.Buffers.Binary;
using System.Security.Cryptography;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Queries;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Queries;

public sealed class ChainExportTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        for (var i = 0; i < 12; i++)
        {
            await _store.Store.AppendAsync(Leaf(Now.AddMinutes(i), "spiffe://td/ns/a/sa/x"), default);
            await _store.Store.AppendAsync(Event(at: Now.AddMinutes(i), detail: $"event {i}"), default);
        }
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_export_verifies_with_nothing_but_its_own_words(int chain)
    {
        var page = await ExportAsync(new((Chain)chain, 0, 0, null, null, 1_000));
        Assert.Equal(12, page.Entries.Count);
        Assert.Equal(SHA256.HashData([.. "meshca chain v1"u8, (byte)chain, .. page.StoreId]), page.PreviousHash);
        Assert.Empty(Broken(page));
        Assert.NotEmpty(page.Checkpoints);
        Assert.All(page.Checkpoints, row =>
        {
            var head = CheckpointTableHead(row, (Chain)chain);
            Assert.Contains(page.Entries, entry => entry.Last == head.Sequence && entry.Hash.AsSpan().SequenceEqual(head.Hash));
        });
    }

    [Fact]
    public async Task A_changed_record_is_found_by_whoever_verifies_the_export()
    {
        _store.Sql("UPDATE audit_events SET detail = 'nothing happened' WHERE seq = 5");
        Assert.Equal([5L], Broken(await ExportAsync(new(Chain.Audit, 0, 0, null, null, 1_000))));
    }

    [Fact]
    public async Task Parts_follow_one_another_and_each_begins_with_the_hash_where_the_last_one_ended()
    {
        var first = await ExportAsync(new(Chain.Audit, 0, 0, null, null, 5));
        var second = await ExportAsync(new(Chain.Audit, first.Next ?? 0, 0, null, null, 100));
        Assert.Equal(6, first.Next);
        Assert.Equal(first.Entries[^1].Hash, second.PreviousHash);
        Assert.Equal(12, second.Entries[^1].Last);
        Assert.Null(second.Next);
        Assert.Empty(Broken(second));
    }

    [Fact]
    public async Task A_range_of_numbers_or_of_time_is_kept_to()
    {
        var numbers = await ExportAsync(new(Chain.Audit, 3, 7, null, null, 100));
        Assert.Equal([3L, 4L, 5L, 6L, 7L], numbers.Entries.Select(entry => entry.First));
        var times = await ExportAsync(new(Chain.Journal, 0, 0, Now.AddMinutes(2), Now.AddMinutes(5), 100));
        Assert.Equal([3L, 4L, 5L], times.Entries.Select(entry => entry.First));
        Assert.Empty(Broken(times));
        Assert.Empty((await ExportAsync(new(Chain.Journal, 0, 0, Now.AddDays(1), null, 100))).Entries);
    }

    [Fact]
    public async Task What_retention_removed_stands_where_it_was_and_the_chain_goes_on_behind_it()
    {
        _store.Clock.Advance(_store.Options.AuditRetention + TimeSpan.FromMinutes(5));
        await _store.PruneAsync();
        var page = await ExportAsync(new(Chain.Audit, 2, 0, null, null, 100));
        var removed = page.Entries[0];
        Assert.Null(removed.Canonical);
        Assert.Equal(1, removed.First);
        Assert.Equal(removed.Last + 1, page.Entries[1].First);
        Assert.Empty(Broken(page));
    }

    private static ChainHead CheckpointTableHead(MeshCA.Storage.Schema.CheckpointRow row, Chain chain) =>
        MeshCA.Storage.Schema.CheckpointTable.HeadOf(row, chain);

    // Written from the description in docs/admin.md, not with the product's hasher.
    private static List<long> Broken(ExportPage page)
    {
        var broken = new List<long>();
        var hash = page.PreviousHash;
        foreach (var entry in page.Entries)
        {
            var number = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(number, entry.First);
            if (entry.Canonical is { } canonical && !SHA256.HashData([.. hash, .. number, .. canonical]).AsSpan().SequenceEqual(entry.Hash))
            {
                broken.Add(entry.First);
            }

            hash = entry.Hash;
        }

        return broken;
    }

    private Task<ExportPage> ExportAsync(ExportQuery query) => _store.Store.ExportAsync(query, default);
}
