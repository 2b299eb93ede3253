using MeshCA.Authentication;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Keys;

public sealed class KeyReaderTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TestTokenSigner _signer = new("ES256", "k");
    private readonly ScriptedSource _source = new();
    private readonly IssuerKeyRing _ring = new(TokenIssuer.From(TokenSetup.Options(), TokenSetup.TrustDomain));
    private readonly KeyReader _reader;

    public KeyReaderTests()
    {
        _source.Next = new KeyReading.Read(TokenSetup.Keys(_signer));
        _reader = new KeyReader(_ring, _source, _clock, new IssuerKeyReadings(TokenSetup.Metrics, NullLogger.Instance));
    }

    public void Dispose()
    {
        _source.Dispose();
        _signer.Dispose();
    }

    [Fact]
    public async Task Keys_are_read_again_after_the_interval_or_a_tenth_less()
    {
        var delay = await ReadAsync();
        Assert.InRange(delay, _ring.Schedule.RefreshInterval * 0.9, _ring.Schedule.RefreshInterval);
        Assert.True(_ring.TryGetKeys(_clock.GetUtcNow(), out _, out _));
    }

    [Fact]
    public async Task The_last_good_keys_serve_on_while_the_source_fails_until_they_are_too_old()
    {
        await ReadAsync();
        var read = _clock.GetUtcNow();
        Fail();
        _clock.Advance(TimeSpan.FromHours(1));
        await ReadAsync();
        Assert.True(_ring.TryGetKeys(read + _ring.Schedule.MaxStaleAge, out _, out _));
        Assert.False(_ring.TryGetKeys(read + _ring.Schedule.MaxStaleAge + TimeSpan.FromTicks(1), out _, out var error));
        Assert.Equal(AuthenticationError.KeysTooOld, error);
    }

    [Fact]
    public async Task A_failure_is_tried_again_soon_and_then_ever_later_up_to_the_interval()
    {
        Fail();
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300])
        {
            Assert.InRange((await ReadAsync()).TotalSeconds, seconds * 0.9, seconds);
        }

        _source.Next = new KeyReading.Read(TokenSetup.Keys(_signer));
        await ReadAsync();
        Fail();
        Assert.InRange((await ReadAsync()).TotalSeconds, 0.9, 1);
    }

    [Fact]
    public async Task Unchanged_keys_stay_the_same_object_and_their_age_starts_anew()
    {
        await ReadAsync();
        var before = _ring.Current!.Keys;
        _clock.Advance(TimeSpan.FromHours(1));
        _source.Next = new KeyReading.Read(TokenSetup.Keys(_signer));
        await ReadAsync();
        Assert.Same(before, _ring.Current!.Keys);
        Assert.Equal(_clock.GetUtcNow(), _ring.Current.ReadAt);
    }

    [Fact]
    public async Task A_key_is_awaited_while_the_source_is_read_and_until_a_read_that_failed_is_made_good()
    {
        Assert.True(await IsAwaitedAfterAsync(() => _source.Next = new KeyReading.Failed(KeySourceError.Unreachable, "test")));
        Assert.False(await IsAwaitedAfterAsync(() => _source.Next = new KeyReading.Read(TokenSetup.Keys(_signer))));
    }

    [Fact]
    public async Task The_reader_runs_at_the_interval_and_when_a_key_is_missed_until_it_is_stopped()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = _reader.RunAsync(stop.Token);
        await _source.ReadOnceAsync(stop.Token);

        _clock.Advance(IssuerKeyRing.MinRefreshSpacing);
        _ring.RequestRefresh(_ring.Current!.Keys, _clock.GetUtcNow());
        await _source.ReadOnceAsync(stop.Token);

        // The reader may not have set its timer yet; once it has, an interval is enough.
        while (!await _source.TryReadOnceAsync())
        {
            _clock.Advance(_ring.Schedule.RefreshInterval);
        }

        await stop.CancelAsync();
        await running;
    }

    // Whether a key that no read brings is awaited still when one has ended; while it is under way, it must be.
    private async Task<bool> IsAwaitedAfterAsync(Action prepare)
    {
        _ring.Replace(TokenSetup.Keys(_signer), _clock.GetUtcNow());
        prepare();
        _source.Hold();
        var reading = ReadAsync();
        Assert.True(IsAwaited());
        _source.LetGo();
        await reading;
        return IsAwaited();
    }

    private bool IsAwaited() => _ring.RequestRefresh(_ring.Current!.Keys, _clock.GetUtcNow());

    private void Fail() => _source.Next = new KeyReading.Failed(KeySourceError.Unreachable, "test");

    private Task<TimeSpan> ReadAsync() => _reader.ReadOnceAsync(TestContext.Current.CancellationToken);

    private sealed class ScriptedSource : IKeySource, IDisposable
    {
        private readonly SemaphoreSlim _read = new(0);

        public KeyReading Next { get; set; } = new KeyReading.Failed(KeySourceError.Unreachable, "test");

        private TaskCompletionSource _hold = new();

        public ScriptedSource() => LetGo();

        /// <summary>Reads begun from now on end only with <see cref="LetGo"/>.</summary>
        public void Hold() => _hold = new TaskCompletionSource();

        public void LetGo() => _hold.SetResult();

        public async Task<KeyReading> ReadAsync(CancellationToken cancellationToken)
        {
            _read.Release();
            await _hold.Task.WaitAsync(cancellationToken);
            return Next;
        }

        public Task ReadOnceAsync(CancellationToken cancellationToken) => _read.WaitAsync(cancellationToken);

        public Task<bool> TryReadOnceAsync() => _read.WaitAsync(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);

        public void Dispose() => _read.Dispose();
    }
}
