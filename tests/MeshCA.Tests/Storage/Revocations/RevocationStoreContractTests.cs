using MeshCA.Auditing;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Storage.Queries;
using TestSupport;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Revocations;

/// <summary>What every store must do with revocations, whichever database is behind it.</summary>
public abstract class RevocationStoreContract : IAsyncLifetime
{
    private static readonly StoredRevocations State = new()
    {
        Revision = 3,
        LastNumber = 9,
        LastListNumber = 4,
        Entries =
        [
            Entry(1, RevocationKind.Identity, "spiffe://td/ns/a/sa/b") with { ExpiresAt = Now.AddDays(1) },
            Entry(9, RevocationKind.Certificate, "7") with
            {
                Serial = new(7), Issuer = "aa", NotAfter = Now.AddDays(1), Code = RevocationCode.KeyCompromise, Cause = 2, PublishedIn = 4,
            },
        ],
        Lists = [new("aa", 4, new byte[] { 1, 2, 3 }), new("bb", 2, new byte[] { 4 })],
    };

    private protected abstract IRevocationStore Store { get; }

    private protected abstract IIssuanceJournal Journal { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task A_new_store_keeps_nothing() =>
        Assert.Same(StoredRevocations.None, await Store.LoadRevocationsAsync(default));

    [Fact]
    public async Task What_is_saved_is_there_after_a_restart_with_its_audit()
    {
        await Store.SaveRevocationsAsync(StoredRevocations.None, State, [Event("ban.added"), Event("crl.published")], default);
        await ReopenAsync();
        AssertSame(State, await Store.LoadRevocationsAsync(default));
        Assert.Equal(["ban.added", "crl.published"], (await EventsAsync()).Where(kept => kept.Action.Contains('.', StringComparison.Ordinal)).Select(kept => kept.Action));
    }

    [Fact]
    public async Task What_goes_is_gone_and_what_changes_is_changed()
    {
        var next = State with
        {
            Revision = 4,
            Entries = [State.Entries[1] with { PublishedIn = 5 }],
            Lists = [State.Lists[1], new("aa", 5, new byte[] { 9 })],
        };
        await Store.SaveRevocationsAsync(StoredRevocations.None, State, [], default);
        await Store.SaveRevocationsAsync(State, next, [], default);
        await ReopenAsync();
        AssertSame(next, await Store.LoadRevocationsAsync(default));
    }

    [Fact]
    public async Task A_state_that_does_not_follow_the_last_one_is_refused_whole()
    {
        await Store.SaveRevocationsAsync(StoredRevocations.None, State, [], default);
        await Assert.ThrowsAsync<JournalUnavailableException>(
            () => Store.SaveRevocationsAsync(StoredRevocations.None, State with { Revision = 9, Entries = [] }, [Event("ban.removed")], default));
        AssertSame(State, await Store.LoadRevocationsAsync(default));
        Assert.DoesNotContain(await EventsAsync(), kept => kept.Action == "ban.removed");
    }

    public static TheoryData<string, int> Queries() => new()
    {
        { "identity", 2 },
        { "prefix", 4 },
        { "segment", 0 },
        { "key", 2 },
        { "authority", 1 },
        { "serial", 1 },
        { "root", 1 },
    };

    [Theory, MemberData(nameof(Queries))]
    public async Task Live_certificates_are_found_with_the_last_end(string by, int count)
    {
        var records = Records();
        foreach (var record in records.OrderBy(record => record.IssuedAt))
        {
            await Journal.AppendAsync(record, default);
        }

        var query = Query(by, records) with { Now = Now, IssuedSince = by == "root" ? DateTimeOffset.UnixEpoch : Now.AddDays(-2), Limit = 1 };
        var found = await Store.FindLiveAsync(query, default);
        Assert.Equal(count, found.Count);
        Assert.Equal(Math.Min(count, 1), found.First.Count);
        Assert.Equal(count == 0 ? null : found.First[0].NotAfter, found.LastEnd);
        if (by == "prefix")
        {
            Assert.Equal((records[1].Serial, records[1].Authority, records[1].NotAfter), (found.First[0].Serial, found.First[0].Authority, found.First[0].NotAfter));
        }
    }

    private protected abstract Task ReopenAsync();

    private protected abstract Task<IReadOnlyList<AuditEvent>> EventsAsync();

    private static Revocation Entry(long number, RevocationKind kind, string subject) => new()
    {
        Number = number,
        Kind = kind,
        Subject = subject,
        Reason = "stolen",
        Actor = "uid:0",
        Time = Now,
    };

    private static IssuanceRecord[] Records() =>
    [
        Leaf(Now, "spiffe://td/ns/a/sa/b"),
        Leaf(Now, "spiffe://td/ns/a/sa/b", TimeSpan.FromHours(48)),
        Leaf(Now.AddDays(-1), "spiffe://td/ns/a/sa/b", TimeSpan.FromHours(1)), // ended
        Leaf(Now, "spiffe://td/ns/a/sa/bb") with { Key = Fingerprint.Of("other"u8) },
        Leaf(Now, "spiffe://td/ns/a"),
        Leaf(Now, "spiffe://td/ns/ab/sa/b") with { Key = Fingerprint.Of("other"u8), Authority = "ff" },
        Root(Now.AddDays(-3)),
    ];

    private static LiveQuery Query(string by, IssuanceRecord[] records)
    {
        var query = new LiveQuery { Now = default, IssuedSince = default };
        return by switch
        {
            "identity" => query with { Ban = Entry(1, RevocationKind.Identity, "spiffe://td/ns/a/sa/b") },
            "prefix" => query with { Ban = Entry(1, RevocationKind.Prefix, "spiffe://td/ns/a") },
            "segment" => query with { Ban = Entry(1, RevocationKind.Prefix, "spiffe://td/ns/a/s") },
            "key" => query with { Key = Fingerprint.Of("other"u8) },
            "authority" => query with { Authority = "ff" },
            "serial" => query with { Serial = records[0].Serial },
            _ => query with { Serial = records[^1].Serial },
        };
    }

    private static void AssertSame(StoredRevocations expected, StoredRevocations actual)
    {
        Assert.Equal((expected.Revision, expected.LastNumber, expected.LastListNumber), (actual.Revision, actual.LastNumber, actual.LastListNumber));
        Assert.Equal(expected.Entries, actual.Entries);
        Assert.Equal(
            expected.Lists.OrderBy(list => list.Authority, StringComparer.Ordinal).Select(list => (list.Authority, list.Number, Convert.ToHexString(list.Der.Span))),
            actual.Lists.OrderBy(list => list.Authority, StringComparer.Ordinal).Select(list => (list.Authority, list.Number, Convert.ToHexString(list.Der.Span))));
    }
}

/// <summary>The embedded store.</summary>
public sealed class SqliteRevocationStoreContractTests : RevocationStoreContract
{
    private StoreFixture? _fixture;

    private protected override IRevocationStore Store => Fixture.Store;

    private protected override IIssuanceJournal Journal => Fixture.Store;

    private StoreFixture Fixture => _fixture ?? throw new InvalidOperationException("not opened yet");

    public override async ValueTask InitializeAsync() => _fixture = await StoreFixture.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await Fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected override Task ReopenAsync() => Fixture.ReopenAsync();

    private protected override async Task<IReadOnlyList<AuditEvent>> EventsAsync() =>
        [.. (await Fixture.Store.FindEventsAsync(new AuditQuery(), default)).Entries.Reverse().Select(entry => entry.Event)];
}

/// <summary>The store of other tests.</summary>
public sealed class MemoryRevocationStoreContractTests : RevocationStoreContract
{
    private readonly MemoryStore _store = new();

    private protected override IRevocationStore Store => _store;

    private protected override IIssuanceJournal Journal => _store;

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected override Task ReopenAsync() => Task.CompletedTask;

    private protected override Task<IReadOnlyList<AuditEvent>> EventsAsync() => Task.FromResult<IReadOnlyList<AuditEvent>>(_store.Audit);
}
