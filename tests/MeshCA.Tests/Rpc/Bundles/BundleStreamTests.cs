using System.Threading.Channels;
using Grpc.Core;
using MeshCA.Consumers;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Rpc;
using MeshCA.Rpc.Bundles;
using MeshCA.Tests.Consumers;
using MeshCA.Wire.Identity;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Bundles;

public sealed class BundleStreamTests : IDisposable
{
    // Only so that a broken build fails instead of hanging.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly WatchTimes Times = new();

    private readonly ManualTimeProvider _clock = new(StoreSamples.Now);
    private readonly PublishedRoots _roots = new();
    private readonly ConsumerRegistry _registry;
    private readonly ConsumerSession _session;
    private readonly Requests _requests = new();
    private readonly Responses _responses = new();
    private readonly CancellationTokenSource _call = new();
    private readonly RevocationRegister _register = new(new MemoryStore());
    private readonly RevocationPushes _pushes;
    private ListCatalog _catalog = ListCatalog.Empty;
    private bool _isProved = true;
    private TrustDomain _trustDomain = MeshAuthority.TrustDomain;

    public BundleStreamTests()
    {
        _pushes = new(_register, () => _catalog, _clock);
        _registry = new(new(TimeSpan.FromHours(1), 100), _clock);
        Assert.True(_registry.TryConnect(Fleet.Stream(), out var session));
        _session = session;
    }

    [Fact]
    public async Task The_present_bundle_is_sent_at_once_and_whole()
    {
        _roots.Add(3, "aa", "bb");
        var stream = Run();
        var bundle = await BundleAsync();

        Assert.Equal(("cluster.local", 3UL), (bundle.TrustDomain, bundle.Sequence));
        Assert.Equal(PublishedBundle.LongestRefreshHint, bundle.RefreshHint.ToTimeSpan());
        Assert.Equal(_roots.Current!.Roots.Select(root => root.ToArray()), bundle.X509Authorities.Select(root => root.ToByteArray()));
        Assert.Equal(["aa", "bb"], bundle.TaintedKeyIds);
        await EndAsync(stream);
    }

    // ADR 0010, spiffe §4.1: the pair of name and roots is what a verifier goes by.
    [Fact]
    public async Task A_client_of_another_trust_domain_is_told_the_same_roots_under_its_own_name()
    {
        _roots.Add(3);
        _trustDomain = TrustDomain.Parse("west.example");
        var stream = Run();
        var bundle = await BundleAsync();

        Assert.Equal(("west.example", 3UL), (bundle.TrustDomain, bundle.Sequence));
        Assert.Equal(_roots.Current!.Roots.Select(root => root.ToArray()), bundle.X509Authorities.Select(root => root.ToByteArray()));
        await EndAsync(stream);
    }

    [Fact]
    public async Task Where_there_is_no_bundle_yet_the_first_is_sent_when_it_comes()
    {
        var stream = Run();
        _roots.Add(1);

        Assert.Equal(1UL, (await BundleAsync()).Sequence);
        await EndAsync(stream);
    }

    [Fact]
    public async Task A_new_bundle_is_sent_and_a_snapshot_that_changes_nothing_is_not()
    {
        _roots.Add(1);
        var stream = Run();
        await BundleAsync();
        _roots.Publish(1);
        _roots.Add(2);

        Assert.Equal(2UL, (await BundleAsync()).Sequence);
        await EndAsync(stream);
    }

    [Fact]
    public async Task A_key_declared_compromised_is_told_without_a_change_of_roots()
    {
        _roots.Add(1);
        var stream = Run();
        await BundleAsync();
        _roots.Publish(1, "aa");

        Assert.Equal(["aa"], (await BundleAsync()).TaintedKeyIds);
        await EndAsync(stream);
    }

    [Fact]
    public async Task A_client_that_reads_slowly_gets_the_newest_alone()
    {
        _responses.Hold();
        _roots.Add(1);
        var stream = Run();
        await _responses.Held;
        _roots.Add(2);
        _roots.Add(3);
        _responses.Release();

        Assert.Equal(1UL, (await BundleAsync()).Sequence);
        Assert.Equal(3UL, (await BundleAsync()).Sequence);
        await EndAsync(stream);
    }

    [Fact]
    public async Task What_is_acknowledged_is_in_use()
    {
        _roots.Add(1);
        var stream = Run();
        await BundleAsync();
        _roots.Add(2);
        await BundleAsync();
        Assert.Equal(0, InUse());

        await AcknowledgeAsync(2);
        Assert.Equal(2, InUse());
        await AcknowledgeAsync(1); // it went back
        Assert.Equal(1, InUse());
        await EndAsync(stream);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(ulong.MaxValue)]
    public async Task What_was_never_sent_cannot_be_acknowledged(ulong sequence)
    {
        _roots.Add(2);
        var stream = Run();
        await BundleAsync();
        _requests.Send(new() { Acknowledge = new() { Sequence = sequence } });

        Assert.Equal(GrpcStatus.Of(WatchRefusal.NeverSent), await stream.WaitAsync(Patience));
        Assert.Equal(0, InUse());
    }

    [Fact]
    public async Task A_client_that_takes_its_word_back_has_what_it_says_and_its_reasons_are_kept_until_it_has_the_bundle()
    {
        _roots.Add(1);
        var stream = Run();
        var response = await _responses.NextAsync();
        Assert.True(response is { TakesBehind: true, TakesRevocationAcknowledgements: true });
        _roots.Add(4);
        await BundleAsync();
        await AcknowledgeAsync(4);
        await SayAsync(new() { Behind = new() { Sequence = 4, Count = 3, Examples = { "a proxy", "another" } } });
        Assert.Equal(3, InUse()); // of an older client: the one before
        var behind = _registry.Find(Fleet.Stream().Id)!.Behind!;
        Assert.Equal((3, 4, null, "a proxy; another"), (behind.Count, behind.Sequence, behind.InUse, string.Join("; ", behind.Examples)));
        await SayAsync(new() { Behind = new() { Sequence = 4, Count = 3, SequenceInUse = 1 } });
        Assert.Equal((1, 1), (InUse(), _registry.Find(Fleet.Stream().Id)!.Behind!.InUse));

        await AcknowledgeAsync(4);
        Assert.Equal((4, null), (InUse(), _registry.Find(Fleet.Stream().Id)!.Behind));
        await EndAsync(stream);
    }

    [Theory]
    [InlineData(9UL, 1, 1, nameof(WatchRefusal.NeverSent))]
    [InlineData(2UL, 9, 1, nameof(WatchRefusal.BehindMalformed))]
    [InlineData(2UL, 1, 257, nameof(WatchRefusal.BehindMalformed))]
    [InlineData(2UL, 1, 1, nameof(WatchRefusal.BehindMalformed), 2UL)]
    [InlineData(2UL, 1, 1, nameof(WatchRefusal.BehindMalformed), ulong.MaxValue)]
    public async Task Word_of_those_who_lack_a_bundle_is_bounded_and_of_a_bundle_that_was_sent(
        ulong sequence, int examples, int length, string refusal, ulong inUse = 0)
    {
        _roots.Add(2);
        var stream = Run();
        await BundleAsync();
        _requests.Send(new()
        {
            Behind = new() { Sequence = sequence, Count = uint.MaxValue, Examples = { Enumerable.Repeat(new string('x', length), examples) }, SequenceInUse = inUse },
        });

        Assert.Equal(GrpcStatus.Of(Enum.Parse<WatchRefusal>(refusal)), await stream.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_stream_is_opened_once()
    {
        var stream = Run();
        _requests.Send(new() { Open = new() });

        Assert.Equal(GrpcStatus.Of(WatchRefusal.NoAcknowledgement), await stream.WaitAsync(Patience));
    }

    [Fact]
    public async Task An_empty_message_ends_the_stream()
    {
        var stream = Run();
        _requests.Send(new());

        Assert.Equal(GrpcStatus.Of(WatchRefusal.NoAcknowledgement), await stream.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_client_that_says_it_is_done_ends_the_stream_well()
    {
        var stream = Run();
        _requests.Complete();

        Assert.Equal(StatusCode.OK, (await stream.WaitAsync(Patience)).StatusCode);
    }

    [Fact]
    public async Task Where_nothing_changes_heartbeats_are_sent()
    {
        _roots.Add(1);
        var stream = Run();
        await BundleAsync();
        for (var i = 0; i < 3; i++)
        {
            await AdvanceAsync(Times.Heartbeat);
            Assert.NotNull((await _responses.NextAsync()).Heartbeat);
        }

        await EndAsync(stream);
    }

    [Fact]
    public async Task A_proof_that_no_longer_holds_ends_the_stream()
    {
        var stream = Run();
        await AdvanceAsync(Times.Authentication);
        await AdvanceAsync(Times.Authentication);
        Assert.False(stream.IsCompleted);
        _isProved = false;
        await AdvanceAsync(Times.Authentication);

        Assert.Equal(GrpcStatus.Unauthenticated, await stream.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_second_stream_of_the_same_consumer_ends_the_first()
    {
        var stream = Run();
        Assert.True(_registry.TryConnect(Fleet.Stream(), out var second));

        Assert.Equal(GrpcStatus.Of(WatchRefusal.Replaced), await stream.WaitAsync(Patience));
        second.Dispose();
    }

    [Fact]
    public async Task A_client_that_does_not_read_at_all_holds_nothing_up()
    {
        _responses.Hold();
        _roots.Add(1);
        var stream = Run();
        await _responses.Held;

        await EndAsync(stream);
    }

    [Fact]
    public async Task Bans_are_sent_to_those_that_asked_for_them_after_the_bundle_and_each_change_at_once()
    {
        _roots.Add(1);
        await BanAsync("spiffe://cluster.local/a");
        var stream = Run(_pushes);
        await BundleAsync();
        Assert.Equal(["spiffe://cluster.local/a"], (await RevocationsAsync()).Bans.Select(ban => ban.SpiffeId));

        await BanAsync("spiffe://cluster.local/b");
        var second = await RevocationsAsync();
        Assert.Equal((2, _register.Current.Revision), (second.Bans.Count, second.Revision));
        await EndAsync(stream);
    }

    // Issue 4 §4: how far a ban has got.
    [Fact]
    public async Task A_state_of_the_revocations_is_in_force_when_it_is_acknowledged()
    {
        _roots.Add(1);
        await BanAsync("spiffe://cluster.local/a");
        var stream = Run(_pushes);
        await BundleAsync();
        var state = await RevocationsAsync();
        Assert.Null(_registry.Find(Fleet.Stream().Id)!.Revocations);

        await SayAsync(new() { AcknowledgeRevocations = new() { Revision = state.Revision } });
        Assert.Equal(state.Revision, _registry.Find(Fleet.Stream().Id)!.Revocations);
        await EndAsync(stream);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public async Task A_state_that_was_never_sent_cannot_be_acknowledged(long revision)
    {
        _roots.Add(1);
        await BanAsync("spiffe://cluster.local/a");
        var stream = Run(_pushes);
        await BundleAsync();
        Assert.Equal(1, (await RevocationsAsync()).Revision);
        _requests.Send(new() { AcknowledgeRevocations = new() { Revision = revision } });

        Assert.Equal(GrpcStatus.Of(WatchRefusal.NeverSent), await stream.WaitAsync(Patience));
        Assert.Null(_registry.Find(Fleet.Stream().Id)!.Revocations);
    }

    [Fact]
    public async Task Bans_are_not_sent_to_those_that_did_not_ask()
    {
        _roots.Add(1);
        var stream = Run();
        await BundleAsync();
        await BanAsync("spiffe://cluster.local/a");
        _roots.Add(2);

        Assert.Equal(2UL, (await BundleAsync()).Sequence);
        await EndAsync(stream);
    }

    [Fact]
    public async Task Lists_that_change_without_a_revision_are_sent()
    {
        _roots.Add(1);
        var stream = Run(_pushes);
        await BundleAsync();
        Assert.False((await RevocationsAsync()).ListsComplete);
        _pushes.Look(); // the lists are the same: nothing is sent
        using var elsewhere = MeshAuthority.Root(StoreSamples.Now);
        var list = SampleList.Of(elsewhere, number: 1);
        _catalog = ListCatalog.Of([new(elsewhere.Id, elsewhere.Certificate, IsRoot: true)], [list], []);
        _pushes.Look();

        var state = await RevocationsAsync();
        Assert.Equal((true, elsewhere.Id), (state.ListsComplete, Assert.Single(state.Lists).Authority));
        await EndAsync(stream);
    }

    [Fact]
    public async Task A_client_that_reads_slowly_gets_the_newest_bans_alone()
    {
        _responses.Hold();
        _roots.Add(1);
        var stream = Run(_pushes);
        await _responses.Held;
        for (var i = 0; i < 5; i++)
        {
            await BanAsync($"spiffe://cluster.local/{i}");
        }

        _responses.Release();
        await BundleAsync();
        Assert.Equal(5, (await RevocationsAsync()).Bans.Count);
        await AdvanceAsync(Times.Heartbeat);
        Assert.NotNull((await _responses.NextAsync()).Heartbeat);
        await EndAsync(stream);
    }

    public void Dispose()
    {
        _register.Dispose();
        _session.Dispose();
        _roots.Dispose();
        _call.Dispose();
    }

    private Task<Status> Run(RevocationPushes? revocations = null) =>
        new BundleStream(_requests, _responses, _trustDomain, _roots.Bundles, revocations is null ? [] : [revocations], _session, Times, _clock).RunAsync(_ => ValueTask.FromResult(_isProved), _call.Token);

    private async Task EndAsync(Task<Status> stream)
    {
        await _call.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.WaitAsync(Patience));
    }

    private async Task<TrustBundle> BundleAsync() => (await _responses.NextAsync()).Bundle;

    private async Task<RevocationState> RevocationsAsync() => (await _responses.NextAsync()).Revocations;

    private Task<RevocationPlan> BanAsync(string id) => _register.ChangeAsync(
        stored => RevocationPlanner.Add(stored, [new(RevocationKind.Identity, id, "stolen", "uid:0")], _clock.GetUtcNow()), CancellationToken.None);

    private Task AcknowledgeAsync(ulong sequence) => SayAsync(new() { Acknowledge = new() { Sequence = sequence } });

    private async Task SayAsync(WatchRequest request)
    {
        _requests.Send(request);
        await _requests.Taken();
    }

    // Not before the stream's timers are armed again, or it would be asleep over the step.
    private async Task AdvanceAsync(TimeSpan by)
    {
        var end = TimeProvider.System.GetTimestamp();
        while (_clock.TimerCount < 2 && TimeProvider.System.GetElapsedTime(end) < Patience)
        {
            await Task.Yield();
        }

        _clock.Advance(by);
    }

    private long InUse() => Assert.Single(_registry.Live()).Sequence;

    private sealed class Requests : IAsyncStreamReader<WatchRequest>
    {
        private readonly Channel<WatchRequest> _channel = Channel.CreateUnbounded<WatchRequest>();
        private TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public WatchRequest Current { get; private set; } = new();

        public void Send(WatchRequest request)
        {
            _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Assert.True(_channel.Writer.TryWrite(request));
        }

        public void Complete() => _channel.Writer.Complete();

        /// <summary>Waits until the last one was worked on: the next is asked for.</summary>
        public Task Taken() => _asked.Task.WaitAsync(Patience);

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (_channel.Reader.Count == 0)
            {
                _asked.TrySetResult();
            }

            if (!await _channel.Reader.WaitToReadAsync(cancellationToken))
            {
                return false;
            }

            Current = await _channel.Reader.ReadAsync(cancellationToken);
            return true;
        }
    }

    private sealed class Responses : IServerStreamWriter<WatchResponse>
    {
        private readonly Channel<WatchResponse> _channel = Channel.CreateUnbounded<WatchResponse>();
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource? _hold;

        public WriteOptions? WriteOptions { get; set; }

        public Task Held => _held.Task.WaitAsync(Patience);

        public void Hold() => _hold = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _hold?.SetResult();

        public Task WriteAsync(WatchResponse message) => WriteAsync(message, default);

        public async Task WriteAsync(WatchResponse message, CancellationToken cancellationToken)
        {
            _held.TrySetResult();
            if (_hold is { } hold)
            {
                await hold.Task.WaitAsync(cancellationToken);
            }

            Assert.True(_channel.Writer.TryWrite(message));
        }

        public Task<WatchResponse> NextAsync() => _channel.Reader.ReadAsync().AsTask().WaitAsync(Patience);
    }
}
