using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Clusters;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Leadership;
using MeshCA.Revocations;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Sharing;
using Microsoft.Extensions.Logging.Abstractions;
using MeshCA.Tests.Federation;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.Storage.Sharing;

/// <summary>ADR 0009: what two replicas with stores of their own do to one secret.</summary>
public sealed class SharedStoreTests : IAsyncLifetime
{
    private static readonly byte[] Kek = [.. Enumerable.Range(0, KeyEncryptionKey.Size).Select(i => (byte)i)];
    private readonly List<Replica> _replicas = [];
    private readonly ManualTimeProvider _clock = new();
    private FakeApiServer? _server;

    private FakeApiServer Server => _server!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        _replicas.ForEach(replica => replica.Dispose());
        await Server.DisposeAsync();
    }

    [Fact]
    public async Task The_leader_makes_the_authorities_and_a_standby_has_the_same()
    {
        var (a, b) = (New("a"), New("b"));
        await a.LeadAsync(1);
        await a.Rotator.AdvanceAsync(Token);
        await b.Rotator.AdvanceAsync(Token);

        Assert.NotNull(a.Rotator.Current);
        Assert.Equal(a.Rotator.Current.BundlePem, b.Rotator.Current!.BundlePem);
        Assert.Equal(a.Rotator.Current.Signer.Id, b.Rotator.Current.Signer.Id);
        Assert.Equal([CertificateKind.Root, CertificateKind.Intermediate], a.Local.Journal.Select(record => record.Kind));
        Assert.Empty(b.Local.Journal);
    }

    // ADR 0009: what signs tokens is as much of the shared state as what signs certificates.
    [Fact]
    public async Task Keys_of_jwt_svids_are_the_same_on_all_replicas_and_the_next_leader_carries_them_on()
    {
        var (a, b) = (New("a", jwt: MeshAuthority.JwtKeys), New("b", jwt: MeshAuthority.JwtKeys));
        await a.LeadAsync(1);
        await a.Rotator.AdvanceAsync(Token);
        await b.Rotator.AdvanceAsync(Token);
        Assert.Equal(a.Rotator.Current!.Jwt.Signer!.Id, b.Rotator.Current!.Jwt.Signer!.Id);
        Assert.Equal(a.Rotator.Current.Jwt.Published.Select(key => key.Id), b.Rotator.Current.Jwt.Published.Select(key => key.Id));

        a.Leadership.Term = null;
        await b.LeadAsync(2);
        _clock.Advance(MeshAuthority.JwtKeys.Lifetime);
        var order = new AuthorityCommand.ActivateJwtKey(null, TimeSpan.Zero);
        Assert.IsType<CommandOutcome.Done>(await b.Rotator.ExecuteAsync(
            (_, _) => Task.FromResult(AuthorityOrder.Of(order)), new CommandContext(_clock.GetUtcNow(), "system"), Token));
        await a.Rotator.AdvanceAsync(Token);
        Assert.Equal(b.Rotator.Current.Jwt.Published[1].Id, b.Rotator.Current.Jwt.Signer!.Id);
        Assert.Equal(b.Rotator.Current.Jwt.Signer.Id, a.Rotator.Current.Jwt.Signer!.Id);
        Assert.Equal(b.Rotator.Current.BundleSequence, a.Rotator.Current.BundleSequence);
        Assert.Equal(3, b.Local.Present.Authorities.Count(record => record.Kind == AuthorityKind.JwtKey));
    }

    [Fact]
    public async Task A_standby_makes_nothing()
    {
        var a = New("a");
        await a.Rotator.AdvanceAsync(Token);
        Assert.Null(a.Rotator.Current);
        Assert.Null(Server.Find<V1Secret>("meshca-authorities", "mesh"));
        await Assert.ThrowsAsync<JournalUnavailableException>(() => a.Shared.TryApplyAsync(Change(0), Token));
    }

    [Fact]
    public async Task The_secret_shows_no_key_and_no_name()
    {
        var a = await BootstrapAsync();
        var content = Server.Find<V1Secret>("meshca-authorities", "mesh")!.Data!["state"];
        Assert.DoesNotContain(a.Rotator.Current!.Signer.Id, System.Text.Encoding.Latin1.GetString(content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_takes_over_signs_under_the_same_authority_with_a_store_of_its_own()
    {
        var a = await BootstrapAsync();
        var b = New("b");
        await b.LeadAsync(2);
        await b.Rotator.AdvanceAsync(Token);
        Assert.Equal(a.Rotator.Current!.Signer.Id, b.Rotator.Current!.Signer.Id);
        Assert.Equal(a.Rotator.Current.BundleSequence, b.Rotator.Current.BundleSequence);

        // Its own store has the copy, numbers and all.
        var copy = await b.Local.LoadAsync(Token);
        var shared = await a.Shared.LoadAsync(Token);
        Assert.Equal((shared.Revision, shared.BundleSequence), (copy.Revision, copy.BundleSequence));
        Assert.Equal("authorities.imported", Assert.Single(b.Local.Audit).Action);
    }

    [Fact]
    public async Task A_former_leader_that_does_not_know_it_yet_cannot_change_the_authorities()
    {
        var a = await BootstrapAsync();
        var set = await a.Shared.LoadAsync(Token);
        var b = New("b");
        await b.LeadAsync(2); // while `a` still believes that it leads: a lease that ran out during a pause

        Assert.Null(await a.Shared.TryApplyAsync(Change(set.Revision), Token));
        Assert.Equal(set.Revision, (await b.Shared.LoadAsync(Token)).Revision);
    }

    [Fact]
    public async Task Of_ten_that_bootstrap_at_once_all_have_one_root()
    {
        // Appendix B item 9, without any election: the secret alone decides.
        var all = Enumerable.Range(0, 10).Select(i => New($"r{i}")).ToList();
        await Task.WhenAll(all.Select(async replica =>
        {
            replica.Leadership.Term = 1;
            replica.Right.Grant(1);
            for (var attempt = 0; attempt < 200 && replica.Rotator.Current is null; attempt++)
            {
                try
                {
                    await replica.Rotator.AdvanceAsync(Token);
                }
                catch (JournalUnavailableException)
                {
                    // Another one was first; look again.
                }
            }
        }));
        Assert.Single(all.Select(replica => replica.Rotator.Current!.BundlePem).Distinct());
    }

    [Fact]
    public async Task Federated_peers_and_their_bundles_go_to_the_next_leader()
    {
        var a = await BootstrapAsync();
        var peer = new FederatedPeer
        {
            TrustDomain = Peers.Other,
            Relationship = Peers.Spiffe(),
            Document = """{"keys":[],"spiffe_sequence":3}"""u8.ToArray(),
            Actor = "uid:0",
            CreatedAt = StoreSamples.Now,
        };
        var state = new StoredFederation { Revision = 1, Peers = [peer] };
        await a.Shared.SaveFederationAsync(StoredFederation.None, state, [], Token);
        await Assert.ThrowsAsync<JournalUnavailableException>(() => a.Shared.SaveFederationAsync(StoredFederation.None, state, [], Token));

        var b = New("b");
        await b.LeadAsync(2);
        var found = Assert.Single((await b.Shared.LoadFederationAsync(Token)).Peers);
        Assert.Equal((peer.TrustDomain, peer.Relationship!.Url), (found.TrustDomain, found.Relationship!.Url));
        Assert.True(found.Document.Span.SequenceEqual(peer.Document.Span));
        Assert.Equal(1, b.Local.Federation.Revision);
        await Assert.ThrowsAsync<JournalUnavailableException>(() => a.Shared.SaveFederationAsync(state, state with { Revision = 2 }, [], Token));
    }

    // ADR 0009: others write these documents; a ban must find room in the secret all the same.
    [Fact]
    public async Task Federated_bundles_leave_room_in_the_secret_for_bans()
    {
        var a = await BootstrapAsync();
        var most = WithDocuments(1, SharedStore.MaxFederatedDocuments);
        await a.Shared.SaveFederationAsync(StoredFederation.None, most, [], Token);
        var refusal = await Assert.ThrowsAsync<JournalUnavailableException>(
            () => a.Shared.SaveFederationAsync(most, WithDocuments(2, SharedStore.MaxFederatedDocuments + 1), [], Token));
        Assert.Contains("federated trust domains", refusal.Message, StringComparison.Ordinal);
        await a.Shared.SaveRevocationsAsync(StoredRevocations.None, new StoredRevocations { Revision = 1, LastNumber = 1 }, [], Token);
        await a.Shared.SaveFederationAsync(most, StoredFederation.None with { Revision = 2 }, [], Token);
        Assert.Empty((await a.Shared.LoadFederationAsync(Token)).Peers);

        static StoredFederation WithDocuments(long revision, int bytes)
        {
            // What does not compress, as keys do not.
            var document = new byte[bytes];
            new Random(1).NextBytes(document);
            return new()
            {
                Revision = revision,
                Peers = [new FederatedPeer { TrustDomain = Peers.Other, Relationship = Peers.Web(), Document = document, Actor = "uid:0", CreatedAt = StoreSamples.Now }],
            };
        }
    }

    // ADR 0009: a key of tokens a week, or an hour, must not fill the secret; and a store that remembers them is of the same history.
    [Fact]
    public async Task Jwt_keys_leave_the_secret_some_time_after_the_bundle_and_stores_that_knew_them_still_follow()
    {
        var (a, b) = (New("a", jwt: MeshAuthority.JwtKeys), New("b", jwt: MeshAuthority.JwtKeys));
        await a.LeadAsync(1);
        await a.Rotator.AdvanceAsync(Token);
        var first = a.Rotator.Current!.Jwt.Signer!.Id;
        await b.LeadAsync(2); // its store has a copy in which the key signs
        await a.LeadAsync(3);

        var set = await a.Shared.LoadAsync(Token);
        _clock.Advance(TimeSpan.FromHours(1));
        var next = set.Authorities.Last(record => record.Kind == AuthorityKind.JwtKey) with { Id = "next", CreatedAt = _clock.GetUtcNow() };
        set = await a.Shared.TryApplyAsync(
            At(Change(set.Revision)) with { Added = [next], Moved = new Dictionary<string, AuthorityState> { [first] = AuthorityState.Retired } }, Token);
        _clock.Advance(SharedState.JwtKeyMemory);
        set = await a.Shared.TryApplyAsync(At(Change(set!.Revision)), Token);
        Assert.Contains(set!.Authorities, record => record.Id == first);

        _clock.Advance(TimeSpan.FromSeconds(1));
        set = await a.Shared.TryApplyAsync(At(Change(set.Revision)), Token);
        Assert.DoesNotContain(set!.Authorities, record => record.Id == first);
        Assert.Null(await a.Shared.OpenKeyAsync(first, Token));

        await b.LeadAsync(4);
        Assert.Equal(AuthorityState.Retired, (await b.Local.LoadAsync(Token)).Authorities.Single(record => record.Id == first).State);
        Assert.DoesNotContain((await b.Shared.LoadAsync(Token)).Authorities, record => record.Id == first);

        AuthorityChange At(AuthorityChange change) => change with { Audit = change.Audit with { Time = _clock.GetUtcNow() } };
    }

    [Fact]
    public async Task A_ban_holds_for_the_next_leader()
    {
        var a = await BootstrapAsync();
        var ban = new Revocation
        {
            Number = 1,
            Kind = RevocationKind.Identity,
            Subject = "spiffe://cluster.local/ns/a/sa/b",
            Actor = "uid:0",
            Time = _clock.GetUtcNow(),
        };
        await a.Shared.SaveRevocationsAsync(
            StoredRevocations.None, new StoredRevocations { Revision = 1, LastNumber = 1, Entries = [ban] }, [], Token);

        var b = New("b");
        await b.LeadAsync(2);
        Assert.Equal(ban, Assert.Single((await b.Shared.LoadRevocationsAsync(Token)).Entries));
        Assert.Equal(1, b.Local.Revocations.Revision);
    }

    [Fact]
    public async Task A_change_whose_answer_got_lost_is_there_at_the_next_look()
    {
        var a = await BootstrapAsync();
        var set = await a.Shared.LoadAsync(Token);
        var isCut = false;
        Server.Fault = request => request.Method == "PUT" && !isCut && (isCut = true) ? new FakeApiFault.Abort() : null;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => a.Shared.TryApplyAsync(Change(set.Revision), Token));

        Server.Fault = null;
        var again = await a.Shared.TryApplyAsync(Change(set.Revision), Token);
        Assert.Equal(set.Revision + 1, again!.Revision);
        Assert.Equal(again.Revision, (await a.Local.LoadAsync(Token)).Revision);
    }

    [Fact]
    public async Task What_was_written_though_its_answer_got_lost_is_read_again_before_anybody_is_told_what_there_is()
    {
        var a = await BootstrapAsync();
        var set = await a.Shared.LoadAsync(Token);
        var isCut = false;
        Server.Fault = request =>
        {
            if (request.Method != "PUT" || isCut)
            {
                return null;
            }

            isCut = true;
            Server.Put(KubernetesJson.Deserialize<V1Secret>(System.Text.Encoding.UTF8.GetBytes(request.Body!))!);
            return new FakeApiFault.Abort();
        };
        await Assert.ThrowsAsync<JournalUnavailableException>(() => a.Shared.TryApplyAsync(Change(set.Revision), Token));
        Assert.Equal(set.Revision + 1, (await a.Shared.LoadAsync(Token)).Revision);
    }

    [Fact]
    public async Task Nothing_is_written_once_leadership_ends_while_the_record_is_made()
    {
        var a = await BootstrapAsync();
        var set = await a.Shared.LoadAsync(Token);
        using var root = AuthorityFactory.CreateRoot(MeshAuthority.Settings, _clock.GetUtcNow());
        a.Local.RecordAppended = () => a.Leadership.Term = null;
        var before = Server.Find<V1Secret>("meshca-authorities", "mesh")!.Metadata.ResourceVersion;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => a.Shared.TryApplyAsync(Change(set.Revision) with { Issued = [root.Issued] }, Token));
        Assert.Equal(before, Server.Find<V1Secret>("meshca-authorities", "mesh")!.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task A_change_that_was_planned_on_an_older_revision_is_not_made()
    {
        var a = await BootstrapAsync();
        var set = await a.Shared.LoadAsync(Token);
        await a.Shared.TryApplyAsync(Change(set.Revision), Token);
        Assert.Null(await a.Shared.TryApplyAsync(Change(set.Revision), Token));

        var first = new StoredRevocations { Revision = 1, LastNumber = 1 };
        await a.Shared.SaveRevocationsAsync(StoredRevocations.None, first, [], Token);
        await Assert.ThrowsAsync<JournalUnavailableException>(
            () => a.Shared.SaveRevocationsAsync(StoredRevocations.None, new StoredRevocations { Revision = 1, LastNumber = 7 }, [], Token));
        Assert.Equal(1, (await a.Shared.LoadRevocationsAsync(Token)).LastNumber);
    }

    [Fact]
    public async Task A_state_that_was_sealed_for_another_secret_is_not_opened()
    {
        await BootstrapAsync();
        var state = Server.Find<V1Secret>("meshca-authorities", "mesh")!;
        Server.Put(state with { Metadata = new() { Name = "other", Namespace = "mesh" } });
        var other = New("b", secret: "mesh/other");
        other.Leadership.Term = 2;
        await Assert.ThrowsAsync<KeySealException>(() => other.Shared.TakeOverAsync(2, Token));
    }

    [Fact]
    public async Task A_secret_that_was_put_back_to_an_older_state_is_refused()
    {
        var a = await BootstrapAsync();
        var old = Server.Find<V1Secret>("meshca-authorities", "mesh")!;
        var set = await a.Shared.LoadAsync(Token);
        await a.Shared.TryApplyAsync(Change(set.Revision), Token);
        Server.Put(old with { Metadata = old.Metadata with { ResourceVersion = null } });

        a.Leadership.Term = 5;
        var refusal = await Assert.ThrowsAsync<KeySealException>(() => a.Shared.TakeOverAsync(5, Token));
        Assert.Contains("older than revision", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_was_put_back_to_before_a_ban_is_refused()
    {
        var a = await BootstrapAsync();
        var old = Server.Find<V1Secret>("meshca-authorities", "mesh")!;
        await a.Shared.SaveRevocationsAsync(StoredRevocations.None, new StoredRevocations { Revision = 1, LastNumber = 1 }, [], Token);
        Server.Put(old with { Metadata = old.Metadata with { ResourceVersion = null } });

        a.Leadership.Term = 5;
        var refusal = await Assert.ThrowsAsync<KeySealException>(() => a.Shared.TakeOverAsync(5, Token));
        Assert.Contains("revision 0 of the revocations, which is older than revision 1", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_was_put_back_to_before_a_change_of_the_peers_is_refused()
    {
        var a = await BootstrapAsync();
        var old = Server.Find<V1Secret>("meshca-authorities", "mesh")!;
        await a.Shared.SaveFederationAsync(StoredFederation.None, new StoredFederation { Revision = 1, Peers = [] }, [], Token);
        Server.Put(old with { Metadata = old.Metadata with { ResourceVersion = null } });

        a.Leadership.Term = 5;
        var refusal = await Assert.ThrowsAsync<KeySealException>(() => a.Shared.TakeOverAsync(5, Token));
        Assert.Contains("revision 0 of the federated peers", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_of_another_history_is_refused()
    {
        await BootstrapAsync();
        var other = New("other");
        using var root = AuthorityFactory.CreateRoot(MeshAuthority.Settings, _clock.GetUtcNow());
        await other.Local.TryApplyAsync(
            new AuthorityChange
            {
                ExpectedRevision = 0,
                Added = [root.Record],
                ChangesBundle = true,
                Audit = Change(0).Audit,
            },
            Token);
        other.Leadership.Term = 2;
        var refusal = await Assert.ThrowsAsync<KeySealException>(() => other.Shared.TakeOverAsync(2, Token));
        Assert.Contains("not of one history", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_was_alone_so_far_fills_the_secret()
    {
        var a = New("a");
        using var alone = NewRotator(a.Local, () => true, jwt: null);
        await alone.AdvanceAsync(Token);

        await a.LeadAsync(1);
        await a.Rotator.AdvanceAsync(Token);
        Assert.Equal(alone.Current!.Signer.Id, a.Rotator.Current!.Signer.Id);

        var b = New("b");
        await b.LeadAsync(2);
        await b.Rotator.AdvanceAsync(Token);
        Assert.Equal(alone.Current.Signer.Id, b.Rotator.Current!.Signer.Id);
    }

    [Fact]
    public async Task The_inventory_begins_anew_with_another_journal_and_not_with_the_same()
    {
        var a = await BootstrapAsync();
        Assert.Equal(DateTimeOffset.UnixEpoch, a.Shared.CoveredSince);

        _clock.Advance(TimeSpan.FromHours(1));
        a.Leadership.Term = 2;
        await a.Shared.TakeOverAsync(2, Token);
        Assert.Equal(DateTimeOffset.UnixEpoch, a.Shared.CoveredSince);

        var b = New("b");
        await b.LeadAsync(3);
        Assert.Equal(_clock.GetUtcNow(), b.Shared.CoveredSince);
    }

    [Fact]
    public async Task The_wrong_key_opens_nothing()
    {
        await BootstrapAsync();
        var b = New("b", [.. Kek.Reverse()]);
        b.Leadership.Term = 2;
        await Assert.ThrowsAsync<KeySealException>(() => b.Shared.TakeOverAsync(2, Token));
    }

    [Fact]
    public async Task Under_another_key_the_secret_is_sealed_by_the_next_leader_that_knows_the_former()
    {
        var a = await BootstrapAsync();
        var next = (byte[])[.. Kek.Reverse()];
        var b = New("b", next, Kek);
        await b.LeadAsync(2);
        await b.Rotator.AdvanceAsync(Token);
        Assert.Equal(a.Rotator.Current!.Signer.Id, b.Rotator.Current!.Signer.Id);

        var c = New("c", next);
        await c.LeadAsync(3);
        await c.Rotator.AdvanceAsync(Token);
        Assert.Equal(a.Rotator.Current.Signer.Id, c.Rotator.Current!.Signer.Id);
    }

    [Fact]
    public async Task Where_the_server_cannot_be_asked_the_leader_goes_on_and_nobody_takes_over()
    {
        var a = await BootstrapAsync();
        Server.IsDown = true;
        Assert.NotEmpty((await a.Shared.LoadAsync(Token)).Authorities);
        using var key = await a.Shared.OpenKeyAsync(a.Rotator.Current!.Signer.Id, Token);
        Assert.NotNull(key);

        var b = New("b");
        b.Leadership.Term = 2;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => b.Shared.TakeOverAsync(2, Token));
    }

    [Fact]
    public async Task A_copy_that_the_local_disk_refused_is_made_before_the_next_change()
    {
        var a = await BootstrapAsync();
        var set = await a.Shared.LoadAsync(Token);
        a.Local.Fails = true;
        var done = await a.Shared.TryApplyAsync(Change(set.Revision) with { Audit = Event("first") }, Token);
        Assert.Equal(set.Revision + 1, done!.Revision); // the secret has it: nobody is told that it failed
        await Assert.ThrowsAsync<JournalUnavailableException>(() => a.Shared.TryApplyAsync(Change(done.Revision) with { Audit = Event("never") }, Token));

        a.Local.Fails = false;
        var next = await a.Shared.TryApplyAsync(Change(done.Revision) with { Audit = Event("second") }, Token);
        Assert.Equal(next!.Revision, (await a.Local.LoadAsync(Token)).Revision);
        Assert.Equal(["first", "second"], a.Local.Audit.TakeLast(2).Select(e => e.Action));
    }

    [Fact]
    public async Task A_ban_that_the_secret_has_is_done_and_its_record_comes_with_the_copy()
    {
        var a = await BootstrapAsync();
        var before = await a.Shared.LoadRevocationsAsync(Token);
        a.Local.Fails = true;
        await a.Shared.SaveRevocationsAsync(before, before with { Revision = before.Revision + 1, LastNumber = 1 }, [Event("ban.added")], Token);
        Assert.Equal(1, (await a.Shared.LoadRevocationsAsync(Token)).LastNumber);

        a.Local.Fails = false;
        await a.LeadAsync(2);
        Assert.Equal((1L, "ban.added"), (a.Local.Revocations.LastNumber, a.Local.Audit[^1].Action));
    }

    [Fact]
    public async Task A_ban_that_the_secret_has_is_done_also_where_the_replicas_own_keys_do_not_open_and_nothing_else_is_before_they_do()
    {
        var a = await BootstrapAsync();
        var before = await a.Shared.LoadRevocationsAsync(Token);
        var (first, second) = (before with { Revision = before.Revision + 1, LastNumber = 1 }, before with { Revision = before.Revision + 2, LastNumber = 2 });
        a.RestoredAsked = () => throw new KeySealException("it does not open");
        await a.Shared.SaveRevocationsAsync(before, first, [Event("first")], Token);
        await Assert.ThrowsAsync<KeySealException>(() => a.Shared.SaveRevocationsAsync(first, second, [Event("never")], Token));
        Assert.Equal(first, await a.Shared.LoadRevocationsAsync(Token));

        a.RestoredAsked = null;
        await a.Shared.SaveRevocationsAsync(first, second, [Event("second")], Token);
        Assert.Equal((2L, "first", "second"), (a.Local.Revocations.LastNumber, a.Local.Audit[^2].Action, a.Local.Audit[^1].Action));
    }

    // A record that was only in memory is gone with the process, and another replica never had it.
    [Fact]
    public async Task Bans_that_come_without_their_records_leave_one_that_says_where_they_came_from()
    {
        var a = await BootstrapAsync();
        var before = await a.Shared.LoadRevocationsAsync(Token);
        var (first, second) = (before with { Revision = before.Revision + 1, LastNumber = 1 }, before with { Revision = before.Revision + 2, LastNumber = 2 });
        await a.Shared.SaveRevocationsAsync(before, first, [Event("ban.added")], Token);
        Assert.DoesNotContain(a.Local.Audit, e => e.Action == "revocations.imported");

        var b = New("b");
        await b.LeadAsync(2);
        Assert.Equal("revision 0 became 1 of the secret", Assert.Single(b.Local.Audit, e => e.Action == "revocations.imported").Detail);

        // Its record is of one change, what the other replica did meanwhile of another.
        b.Local.Fails = true;
        await b.Shared.SaveRevocationsAsync(first, second, [Event("ban.added")], Token);
        await a.LeadAsync(3);
        Assert.Equal("revision 1 became 2 of the secret", Assert.Single(a.Local.Audit, e => e.Action == "revocations.imported").Detail);
        await a.Shared.SaveRevocationsAsync(second, second with { Revision = second.Revision + 1 }, [Event("ban.removed")], Token);
        b.Local.Fails = false;
        await b.LeadAsync(4);
        Assert.Equal(
            ["revocations.imported", "ban.added", "revocations.imported"],
            b.Local.Audit.Select(e => e.Action).Where(action => action is "ban.added" or "revocations.imported"));
    }

    [Fact]
    public async Task A_secret_that_is_written_from_a_restored_store_has_numbers_nobody_saw()
    {
        var a = New("a");
        await a.Local.TryApplyAsync(TestSupport.StoreSamples.FirstChange(), Token);
        await a.Local.SaveRevocationsAsync(StoredRevocations.None, StoredRevocations.None with { Revision = 3, LastNumber = 2, LastListNumber = 7 }, [], Token);
        a.Restored = new(_clock.GetUtcNow(), 1, 3);
        await a.LeadAsync(1);
        Assert.Equal((1_000_001UL, 1_000_001UL), ((await a.Shared.LoadAsync(Token)).Revision, (await a.Shared.LoadAsync(Token)).BundleSequence));
        Assert.Equal(1_000_001UL, (await a.Local.LoadAsync(Token)).Revision);
        await a.LeadAsync(2);
        Assert.Equal(1_000_001UL, (await a.Shared.LoadAsync(Token)).Revision);
        Assert.Equal(
            [("authorities", "bundle sequence 1 became 1000001"), ("revocations", "list number 7 became 1000007")],
            a.Local.Audit.Where(e => e.Action == "store.renumbered").Select(e => (e.Target, e.Detail.Split(": ")[1])));
    }

    // The secret is written before the store: whoever dies in between says it at the next start.
    [Fact]
    public async Task That_the_numbers_went_up_is_on_record_also_where_the_first_leader_died_before_it_had_its_copy()
    {
        var a = New("a");
        await a.Local.TryApplyAsync(TestSupport.StoreSamples.FirstChange(), Token);
        a.Restored = new(_clock.GetUtcNow(), 1, 0);
        var asked = 0;
        a.RestoredAsked = () => a.Local.Fails = ++asked == 2; // once for the secret, then for the copy
        await Assert.ThrowsAsync<JournalUnavailableException>(() => a.LeadAsync(1));
        Assert.DoesNotContain(a.Local.Audit, e => e.Action == "store.renumbered");
        (a.RestoredAsked, a.Local.Fails) = (null, false);
        await a.LeadAsync(2);
        Assert.Single(a.Local.Audit, e => e.Action == "store.renumbered");
        Assert.Equal(1_000_001UL, (await a.Local.LoadAsync(Token)).Revision);
    }

    [Fact]
    public async Task A_restored_store_takes_the_numbers_of_the_secret_where_there_is_one()
    {
        var a = await BootstrapAsync();
        var b = New("b");
        b.Restored = new(_clock.GetUtcNow(), 0, 0);
        await b.LeadAsync(2);
        Assert.Equal((await a.Local.LoadAsync(Token)).Revision, (await b.Shared.LoadAsync(Token)).Revision);
    }

    private static AuthorityChange Change(ulong revision) => new()
    {
        ExpectedRevision = revision,
        ChangesBundle = false,
        Audit = Event("test.changed"),
    };

    private static AuditEvent Event(string action) => new() { Time = DateTimeOffset.UnixEpoch, Action = action, Actor = "test", Outcome = "ok" };

    private async Task<Replica> BootstrapAsync()
    {
        var a = New("a");
        await a.LeadAsync(1);
        await a.Rotator.AdvanceAsync(Token);
        return a;
    }

    private AuthorityRotator NewRotator(IAuthorityStore store, Func<bool> mayStep, JwtKeySettings? jwt) =>
        new(store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance)
        {
            MayStep = mayStep,
            JwtKeys = jwt is null ? null : new JwtKeyKeeper(store, jwt),
        };

    private Replica New(
        string name, byte[]? kek = null, byte[]? formerKek = null, JwtKeySettings? jwt = null, string secret = "mesh/meshca-authorities")
    {
        var (leadership, local) = (new TestLeadership(), new MemoryStore());
        var right = new SigningRight(leadership);
        var api = Server.CreateClient();
        Replica? replica = null;
        var shared = new SharedStore(
            new SecretVersions(api, ObjectName.Parse(secret)),
            new LocalStore(local, local, local, local, () => name) { GetRestored = () => replica?.AskRestored() },
            right,
            leadership,
            name,
            new Lazy<KeyEncryptionKey>(() => new KeyEncryptionKey(kek ?? Kek, "test")),
            () => formerKek is null ? null : new KeyEncryptionKey(formerKek, "former"),
            _clock,
            NullLogger<SharedStore>.Instance);
        replica = new Replica(leadership, right, local, shared, NewRotator(shared, () => right.Term is not null, jwt), api);
        _replicas.Add(replica);
        return replica;
    }

    private sealed record Replica(
        TestLeadership Leadership, SigningRight Right, MemoryStore Local, SharedStore Shared, AuthorityRotator Rotator, KubernetesApi Api) : IDisposable
    {
        /// <summary>That its own store was restored.</summary>
        public MeshCA.Storage.Backups.RestoreMark? Restored { get; set; }

        /// <summary>Called when that is asked for.</summary>
        public Action? RestoredAsked { get; set; }

        public MeshCA.Storage.Backups.RestoreMark? AskRestored()
        {
            RestoredAsked?.Invoke();
            return Restored;
        }

        public async Task LeadAsync(long term)
        {
            Leadership.Term = term;
            await Shared.TakeOverAsync(term, Token);
            Right.Grant(term);
        }

        public void Dispose()
        {
            Rotator.Dispose();
            Shared.Dispose();
            Api.Dispose();
        }
    }
}
