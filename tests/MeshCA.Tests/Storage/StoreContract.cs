using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Consumers;
using MeshCA.Issuance;
using MeshCA.Storage;
using SpiffeIdentity;
using TestSupport;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage;

/// <summary>What every store must do, whichever database is behind it.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private protected ManualTimeProvider Clock { get; } = new(Now);

    private protected IStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await CleanAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_acknowledged_record_is_there_after_the_store_was_opened_again()
    {
        var record = Leaf();
        await Store.AppendAsync(record, default);
        await ReopenAsync();

        var found = await Store.FindLastTokenAsync(record.Serial, record.NotBefore, default);
        Assert.Equal(new LastToken(Now, "cluster-1", "web-0", "5f1c36d3-0d0e-4a8e-a6c2-33d2f1f9a111", "node-1", record.Certificate), found);
    }

    [Fact]
    public async Task Who_asked_for_another_is_on_record()
    {
        var proxy = SpiffeId.Parse("spiffe://cluster.local/ns/istio-system/sa/ztunnel");
        var own = Leaf();
        var record = own with { Evidence = own.Evidence! with { Authenticator = "tokenreview:main", RequestedBy = proxy } };
        await Store.AppendAsync(record, default);
        await ReopenAsync();

        Assert.True((await Store.FindLastTokenAsync(record.Serial, record.NotBefore, default))!.IsOfNodeProxy);
    }

    [Fact]
    public async Task A_token_is_found_as_soon_as_its_record_is_acknowledged()
    {
        for (var i = 0; i < 20; i++)
        {
            var record = Leaf(Now.AddMilliseconds(i));
            await Store.AppendAsync(record, default);
            Assert.NotNull(await Store.FindLastTokenAsync(record.Serial, record.NotBefore, default));
        }
    }

    [Fact]
    public async Task An_unknown_serial_has_no_last_token()
    {
        await Store.AppendAsync(Leaf(), default);
        Assert.Null(await Store.FindLastTokenAsync(SerialNumber.Draw(), Now.AddSeconds(-120), default));
    }

    [Fact]
    public async Task A_serial_with_another_begin_of_validity_is_another_certificate()
    {
        var record = Leaf();
        await Store.AppendAsync(record, default);
        Assert.Null(await Store.FindLastTokenAsync(record.Serial, record.NotBefore.AddSeconds(1), default));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_certificate_that_is_no_leaf_has_no_last_token(int kind)
    {
        var record = Leaf() with { Kind = (CertificateKind)kind };
        await Store.AppendAsync(record, default);
        Assert.Null(await Store.FindLastTokenAsync(record.Serial, record.NotBefore, default));
    }

    [Fact]
    public async Task Records_appended_at_the_same_time_are_all_there()
    {
        var records = Enumerable.Range(0, 500).Select(_ => Leaf()).ToList();
        await Task.WhenAll(records.Select(record => Task.Run(() => Store.AppendAsync(record, default))));
        foreach (var record in records)
        {
            Assert.NotNull(await Store.FindLastTokenAsync(record.Serial, record.NotBefore, default));
        }
    }

    [Fact]
    public async Task Cancellation_ends_the_wait_and_not_the_record()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var record = Leaf();

        // The writer may be faster than the wait is given up.
        var exception = await Record.ExceptionAsync(() => Store.AppendAsync(record, cancelled.Token));
        Assert.True(exception is null or OperationCanceledException);
        await Store.AppendAsync(Leaf(), default);
        Assert.NotNull(await Store.FindLastTokenAsync(record.Serial, record.NotBefore, default));
    }

    [Fact]
    public async Task A_new_store_has_no_authorities_at_revision_zero()
    {
        var set = await Store.LoadAsync(default);
        Assert.Equal((0UL, 0UL, 0), (set.Revision, set.BundleSequence, set.Authorities.Count));
    }

    [Fact]
    public async Task Authorities_come_back_whole_with_their_keys_after_the_store_was_opened_again()
    {
        await Store.TryApplyAsync(FirstChange(), default);
        await ReopenAsync();

        var set = await Store.LoadAsync(default);
        var (expected, actual) = (Authority("aa11"), Assert.Single(set.Authorities));
        Assert.Equal((1UL, 1UL), (set.Revision, set.BundleSequence));
        Assert.Equal(
            (expected.Id, expected.Kind, expected.State, expected.Issuer, expected.CreatedAt),
            (actual.Id, actual.Kind, actual.State, actual.Issuer, actual.CreatedAt));
        Assert.Equal(expected.Certificate.ToArray(), actual.Certificate.ToArray());
        using var key = await Store.OpenKeyAsync("aa11", default);
        Assert.Equal(PrivateKey(), key!.Der.ToArray());
    }

    [Fact]
    public async Task A_key_that_lives_elsewhere_is_not_found_here()
    {
        var elsewhere = new AuthorityRecord
        {
            Id = "bb22",
            Kind = AuthorityKind.Root,
            State = AuthorityState.Prepared,
            Issuer = "bb22",
            Certificate = new byte[] { 1 },
            CreatedAt = Now,
        };
        await Store.TryApplyAsync(FirstChange() with { Added = [elsewhere] }, default);
        Assert.Null(await Store.OpenKeyAsync("bb22", default));
        Assert.Null(await Store.OpenKeyAsync("nobody", default));
    }

    [Fact]
    public async Task Each_opened_key_is_a_buffer_of_its_own()
    {
        await Store.TryApplyAsync(FirstChange(), default);
        (await Store.OpenKeyAsync("aa11", default))!.Dispose();
        using var again = await Store.OpenKeyAsync("aa11", default);
        Assert.Equal(PrivateKey(), again!.Der.ToArray());
    }

    [Fact]
    public async Task A_caller_that_gives_up_and_zeroes_its_key_leaves_no_broken_key_behind()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var change = FirstChange();
        await Record.ExceptionAsync(() => Store.TryApplyAsync(change, cancelled.Token));
        change.KeysToSeal["aa11"].Dispose();
        await Store.AppendAsync(Leaf(), default);

        using var key = await Store.OpenKeyAsync("aa11", default);
        var isThere = (await Store.LoadAsync(default)).Authorities.Count == 1;
        Assert.Equal(isThere ? PrivateKey() : null, key?.Der.ToArray());
    }

    [Fact]
    public async Task A_change_planned_on_an_old_revision_changes_nothing()
    {
        await Store.TryApplyAsync(FirstChange(), default);
        Assert.Null(await Store.TryApplyAsync(FirstChange("bb22"), default));

        var set = await Store.LoadAsync(default);
        Assert.Equal("aa11", Assert.Single(set.Authorities).Id);
        Assert.Equal(1UL, set.Revision);
    }

    [Fact]
    public async Task Of_changes_planned_on_one_revision_at_the_same_time_one_is_applied()
    {
        var sets = await Task.WhenAll(Enumerable.Range(0, 10).Select(
            i => Task.Run(() => Store.TryApplyAsync(FirstChange($"a{i}"), default))));
        Assert.Single(sets, set => set is not null);
        Assert.Single((await Store.LoadAsync(default)).Authorities);
    }

    [Fact]
    public async Task A_move_changes_states_and_only_a_change_of_roots_the_bundle_sequence()
    {
        await Store.TryApplyAsync(FirstChange(), default);
        var set = await Store.TryApplyAsync(
            new()
            {
                ExpectedRevision = 1,
                Moved = new Dictionary<string, AuthorityState> { ["aa11"] = AuthorityState.Old },
                ChangesBundle = false,
                Audit = Event("authority.moved"),
            },
            default);
        Assert.Equal((2UL, 1UL), (set!.Revision, set.BundleSequence));
        Assert.Equal(AuthorityState.Old, Assert.Single(set.Authorities).State);
    }

    [Fact]
    public async Task Rotation_taint_and_a_renewed_certificate_with_its_key_outlive_the_process()
    {
        await Store.TryApplyAsync(FirstChange(), default);
        var rotation = new RotationRecord
        {
            Number = 3,
            Phase = RotationPhase.Draining,
            OldRoot = "aa11",
            NewRoot = "bb22",
            StartedAt = Now,
            PhaseSince = Now.AddHours(1),
            Actor = "uid:0",
            Reason = "age",
            IsManual = true,
            TargetSequence = 2,
            OverdueShare = 0.25,
            Hold = new RotationHold("lag", "system", Now.AddHours(2), true),
        };
        var certificate = new byte[] { 0x30, 3, 4, 5 };
        await Store.TryApplyAsync(
            new()
            {
                ExpectedRevision = 1,
                Moved = new Dictionary<string, AuthorityState> { ["aa11"] = AuthorityState.Old },
                Tainted = ["aa11"],
                Renewed = new Dictionary<string, ReadOnlyMemory<byte>> { ["aa11"] = certificate },
                KeysToSeal = new Dictionary<string, Pkcs8PrivateKey> { ["aa11"] = new(PrivateKey()) },
                Rotation = rotation,
                ChangesBundle = true,
                Audit = Event("authority.moved", Now.AddMinutes(1)),
            },
            default);
        await Store.TryApplyAsync(new() { ExpectedRevision = 2, Tainted = ["aa11"], ChangesBundle = false, Audit = Event("again", Now.AddMinutes(2)) }, default);
        await ReopenAsync();

        var set = await Store.LoadAsync(default);
        var authority = Assert.Single(set.Authorities);
        Assert.Equal(rotation, set.Rotation);
        Assert.Equal((Now.AddMinutes(1), Now.AddMinutes(1), true), (authority.StateSince, authority.TaintedAt, authority.HasKey));
        Assert.Equal(certificate, authority.Certificate.ToArray());
        using var key = await Store.OpenKeyAsync("aa11", default);
        Assert.Equal(PrivateKey(), key!.Der.ToArray());
    }

    [Fact]
    public async Task Authorities_are_listed_oldest_first()
    {
        await Store.TryApplyAsync(FirstChange("ff"), default);
        var set = await Store.TryApplyAsync(FirstChange("00") with { ExpectedRevision = 1 }, default);
        Assert.Equal(["ff", "00"], set!.Authorities.Select(authority => authority.Id));
    }

    [Theory]
    [InlineData("twice the same id")]
    [InlineData("a move of nobody")]
    public async Task A_change_that_does_not_fit_changes_nothing_and_stops_nobody(string fault)
    {
        await Store.TryApplyAsync(FirstChange(), default);
        var change = FirstChange(fault == "twice the same id" ? "aa11" : "cc33") with
        {
            ExpectedRevision = 1,
            Moved = fault == "a move of nobody" ? new() { ["nobody"] = AuthorityState.Old } : new Dictionary<string, AuthorityState>(),
        };
        await Assert.ThrowsAsync<ArgumentException>(() => Store.TryApplyAsync(change, default));

        Assert.Equal(1UL, (await Store.LoadAsync(default)).Revision);
        await Store.AppendAsync(Leaf(), default);
        Assert.True(Store.Health.IsReady);
    }

    [Fact]
    public async Task A_record_from_a_clock_too_far_behind_is_refused_until_the_clock_is_right()
    {
        await Store.AppendAsync(Leaf(Now), default);
        Clock.Set(Now.AddMinutes(-6));
        var refusal = await Assert.ThrowsAsync<JournalUnavailableException>(() => Store.AppendAsync(Leaf(Now.AddMinutes(-6)), default));
        Assert.Contains("clock", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(StoreHealthReason.ClockBehind, Store.Health.Reason);

        Clock.Set(Now);
        Assert.True(Store.Health.IsReady);
        await Store.AppendAsync(Leaf(Now), default);
    }

    [Fact]
    public async Task A_clock_a_little_behind_is_no_fault()
    {
        await Store.AppendAsync(Leaf(Now), default);
        Clock.Set(Now.AddMinutes(-5));
        await Store.AppendAsync(Leaf(Now.AddMinutes(-5)), default);
        Assert.True(Store.Health.IsReady);
    }

    [Fact]
    public async Task The_clock_is_held_against_the_newest_record_also_after_the_store_was_opened_again()
    {
        await Store.AppendAsync(Leaf(Now), default);
        await ReopenAsync();
        await Assert.ThrowsAsync<JournalUnavailableException>(() => Store.AppendAsync(Leaf(Now.AddMinutes(-6)), default));
    }

    [Fact]
    public async Task An_authority_change_from_a_clock_too_far_behind_changes_nothing()
    {
        await Store.AppendAsync(Leaf(Now), default);
        var change = FirstChange() with { Issued = [Root(Now), Root(Now.AddMinutes(-6))] };
        await Assert.ThrowsAsync<JournalUnavailableException>(() => Store.TryApplyAsync(change, default));
        Assert.Empty((await Store.LoadAsync(default)).Authorities);
    }

    [Fact]
    public async Task A_closed_store_refuses_records_and_says_so()
    {
        var store = Store;
        await store.DisposeAsync();
        await Assert.ThrowsAsync<JournalUnavailableException>(() => store.AppendAsync(Leaf(), default));
        Assert.Equal(StoreHealthReason.Closed, store.Health.Reason);
    }

    [Fact]
    public async Task Closing_writes_what_was_posted()
    {
        Store.Post(Event("posted"));
        await ReopenAsync();
        Assert.Contains(await EventsAsync(), kept => kept.Action == "posted");
    }

    [Fact]
    public async Task Leaves_are_read_in_order_page_by_page_and_each_once()
    {
        var leaves = Enumerable.Range(0, 10).Select(i => Leaf(subject: $"spiffe://td/{i}")).ToList();
        foreach (var leaf in leaves)
        {
            await Store.AppendAsync(leaf, default);
            await Store.AppendAsync(Root(), default);
        }

        var read = new List<LeafFacts>();
        var page = new LeafPage([], 0, IsEnd: false);
        while (!page.IsEnd)
        {
            page = await Store.ReadLeavesAsync(page.Last, 7, Now, default);
            read.AddRange(page.Leaves);
        }

        Assert.Equal(20, page.Last);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (2L * i) + 1), read.Select(leaf => leaf.Sequence));
        Assert.Equal(
            leaves.Select(leaf => HolderKey.Of(leaf.Subject!.ToString(), leaf.Evidence!.PodUid, leaf.Peer)), read.Select(leaf => leaf.Holder));
        Assert.All(read, leaf => Assert.Equal(
            (leaves[0].Authority, Now.ToUnixTimeSeconds(), leaves[0].NotAfter.ToUnixTimeSeconds(), 7L),
            (leaf.Authority, leaf.IssuedAt, leaf.NotAfter, leaf.BundleSequence)));
    }

    [Fact]
    public async Task Leaves_are_read_on_from_where_the_last_page_ended()
    {
        Assert.Equal(new LeafPage([], 0, IsEnd: true), await Store.ReadLeavesAsync(0, 100, Now, default) with { Leaves = [] });
        await Store.AppendAsync(Leaf(), default);
        Assert.Equal(1, (await Store.ReadLeavesAsync(0, 100, Now, default)).Last);
        Assert.Empty((await Store.ReadLeavesAsync(1, 100, Now, default)).Leaves);
        await Store.AppendAsync(Leaf(), default);

        var page = await Store.ReadLeavesAsync(1, 100, Now, default);
        Assert.Equal([2L], page.Leaves.Select(leaf => leaf.Sequence));
        Assert.True(page.IsEnd);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task Expired_leaves_are_not_read(int seconds, int count)
    {
        var leaf = Leaf(lifetime: TimeSpan.FromHours(1));
        await Store.AppendAsync(leaf, default);
        Assert.Equal(count, (await Store.ReadLeavesAsync(0, 100, leaf.NotAfter.AddSeconds(seconds), default)).Leaves.Count);
    }

    [Fact]
    public async Task A_holder_without_a_pod_is_told_by_its_address()
    {
        var leaf = Leaf();
        await Store.AppendAsync(leaf with { Evidence = leaf.Evidence! with { PodUid = null } }, default);

        var read = Assert.Single((await Store.ReadLeavesAsync(0, 100, Now, default)).Leaves);
        Assert.Equal(HolderKey.Of(leaf.Subject!.ToString(), null, "ipv4:10.1.2.3:1"), read.Holder);
    }

    [Fact]
    public async Task Reading_begins_before_the_first_record_of_a_time()
    {
        await Store.AppendAsync(Leaf(Now.AddDays(-2)), default);
        await Store.AppendAsync(Leaf(Now.AddDays(-1)), default);
        await Store.AppendAsync(Leaf(Now), default);

        Assert.Equal(0, await Store.FindStartAsync(Now.AddDays(-9), default));
        Assert.Equal(1, await Store.FindStartAsync(Now.AddDays(-1), default));
        Assert.Equal(3, await Store.FindStartAsync(Now.AddDays(1), default));
    }

    [Fact]
    public async Task Records_are_read_by_their_numbers_as_far_as_they_are_there()
    {
        var record = Leaf();
        await Store.AppendAsync(Leaf(), default);
        await Store.AppendAsync(record, default);

        var read = await Store.ReadRecordsAsync([2L, 9L], default);
        Assert.Equal(record, Assert.Single(read).Value);
    }

    [Fact]
    public async Task Consumers_are_kept_changed_and_removed()
    {
        Assert.Empty(await Store.LoadConsumersAsync(default));
        var (stream, poller) = (Reporter("a", ConsumerKind.Stream), Reporter("a", ConsumerKind.Poller) with { PodUid = null });
        await Store.SaveConsumersAsync(new([stream with { IsConnected = true }, poller, Reporter("b", ConsumerKind.Stream)], []), default);
        await Store.SaveConsumersAsync(new([poller with { Sequence = 9 }], [Reporter("b", ConsumerKind.Stream).Id]), default);
        await ReopenAsync();

        Assert.Equal([stream, poller with { Sequence = 9 }], (await Store.LoadConsumersAsync(default)).OrderBy(consumer => consumer.Kind));
    }

    private protected abstract Task<IStore> OpenAsync();

    private protected abstract Task<IReadOnlyList<AuditEvent>> EventsAsync();

    private protected virtual Task CleanAsync() => Task.CompletedTask;

    private static Consumer Reporter(string instance, ConsumerKind kind) => new()
    {
        Kind = kind,
        Identity = "spiffe://td/ns/a/sa/b",
        Instance = instance,
        PodUid = "5f1c36d3-0d0e-4a8e-a6c2-33d2f1f9a111",
        Peer = "ipv4:10.1.2.3",
        Sequence = 4,
        LastSeen = Now,
    };

    private protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await OpenAsync();
    }
}
