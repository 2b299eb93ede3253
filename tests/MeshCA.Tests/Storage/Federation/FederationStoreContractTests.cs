using MeshCA.Auditing;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Storage.Queries;
using MeshCA.Tests.Federation;
using SpiffeIdentity;
using TestSupport;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Federation;

/// <summary>What every store must do with federated peers, whichever database is behind it.</summary>
public abstract class FederationStoreContract : IAsyncLifetime
{
    private protected static readonly StoredFederation State = new()
    {
        Revision = 3,
        Peers =
        [
            new()
            {
                TrustDomain = TrustDomain.Parse("a.org"),
                Relationship = Peers.Spiffe("a.org", "spiffe://b.org/x"),
                Identities = [Prefix("spiffe://td/ns/a"), Prefix("spiffe://td/ns/b")],
                Document = """{"keys":[]}"""u8.ToArray(),
                AcceptedAt = Now.AddMinutes(1),
                CheckedAt = Now.AddMinutes(2),
                PollKeyHash = "00ff",
                Actor = "uid:0",
                CreatedAt = Now,
            },
            new() { TrustDomain = TrustDomain.Parse("b.org"), Relationship = Peers.Web("b.org", "https://b.org:8443/x?y=z"), Actor = "uid:7", CreatedAt = Now },
            new() { TrustDomain = TrustDomain.Parse("c.org"), PollKeyHash = "aa", Actor = "uid:7", CreatedAt = Now },
        ],
    };

    private protected abstract IFederationStore Store { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task A_new_store_keeps_nothing() => Assert.Same(StoredFederation.None, await Store.LoadFederationAsync(default));

    [Fact]
    public async Task What_is_saved_is_there_after_a_restart_with_its_audit()
    {
        await Store.SaveFederationAsync(StoredFederation.None, State, [Event("federation.added")], default);
        await ReopenAsync();
        AssertSame(State, await Store.LoadFederationAsync(default));
        Assert.Contains(await EventsAsync(), kept => kept.Action == "federation.added");
    }

    [Fact]
    public async Task What_goes_is_gone_and_what_changes_is_changed()
    {
        var next = State with { Revision = 4, Peers = [State.Peers[0] with { Document = """{"keys":[],"spiffe_sequence":2}"""u8.ToArray() }, State.Peers[2]] };
        await Store.SaveFederationAsync(StoredFederation.None, State, [], default);
        await Store.SaveFederationAsync(State, next, [], default);
        await ReopenAsync();
        AssertSame(next, await Store.LoadFederationAsync(default));
    }

    [Fact]
    public async Task A_state_that_does_not_follow_the_last_one_is_refused_whole()
    {
        await Store.SaveFederationAsync(StoredFederation.None, State, [], default);
        await Assert.ThrowsAsync<JournalUnavailableException>(
            () => Store.SaveFederationAsync(StoredFederation.None, State with { Revision = 9, Peers = [] }, [Event("federation.removed")], default));
        AssertSame(State, await Store.LoadFederationAsync(default));
        Assert.DoesNotContain(await EventsAsync(), kept => kept.Action == "federation.removed");
    }

    private protected abstract Task ReopenAsync();

    private protected abstract Task<IReadOnlyList<AuditEvent>> EventsAsync();

    private protected static void AssertSame(StoredFederation expected, StoredFederation actual)
    {
        Assert.Equal(expected.Revision, actual.Revision);
        Assert.Equal(expected.Peers.Select(Text), actual.Peers.Select(Text));
    }

    private static string Text(FederatedPeer peer) => string.Join(
        '|',
        peer.TrustDomain,
        peer.Relationship is { } relationship ? $"{relationship.Url} {FederationPlanner.Describe(relationship)}" : "",
        string.Join(' ', peer.Identities),
        Convert.ToHexString(peer.Document.Span),
        peer.AcceptedAt?.ToString("O"),
        peer.CheckedAt?.ToString("O"),
        peer.PollKeyHash,
        peer.Actor,
        peer.CreatedAt.ToString("O"));

    private static SpiffeIdPrefix Prefix(string text) =>
        SpiffeIdPrefix.TryParse(text, out var prefix, out _) ? prefix : throw new FormatException(text);
}

/// <summary>The embedded store.</summary>
public sealed class SqliteFederationStoreContractTests : FederationStoreContract
{
    private StoreFixture? _fixture;

    private protected override IFederationStore Store => Fixture.Store;

    private StoreFixture Fixture => _fixture ?? throw new InvalidOperationException("not opened yet");

    public override async ValueTask InitializeAsync() => _fixture = await StoreFixture.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await Fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected override Task ReopenAsync() => Fixture.ReopenAsync();

    private protected override async Task<IReadOnlyList<AuditEvent>> EventsAsync() =>
        [.. (await Fixture.Store.FindEventsAsync(new AuditQuery(), default)).Entries.Select(entry => entry.Event)];
}

/// <summary>The store of other tests.</summary>
public sealed class MemoryFederationStoreContractTests : FederationStoreContract
{
    private readonly MemoryStore _store = new();

    private protected override IFederationStore Store => _store;

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected override Task ReopenAsync() => Task.CompletedTask;

    private protected override Task<IReadOnlyList<AuditEvent>> EventsAsync() => Task.FromResult<IReadOnlyList<AuditEvent>>(_store.Audit);
}
