using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Revocations;

namespace MeshCA.Consumers;

/// <summary>Measures from the journal and the registry. Reads only while somebody asks, and each row once.</summary>
/// <remarks>
/// The first measurement of a large journal takes several calls: each reads for a while, says that it is incomplete, and the next
/// goes on where it ended.
/// </remarks>
internal sealed class FleetReader(
    IIssuedLeaves leaves, ConsumerRegistry consumers, ConsumerKeeper keeper, TimeProvider clock, IPodLiveness? pods = null, IRevocations? revocations = null)
    : IFleetSource, IDisposable
{
    /// <summary>How many sequence numbers are read at once: short enough that no read transaction holds up the store's upkeep.</summary>
    public const int Span = 20_000;

    // No leaf lives longer (Issuance:MaxLifetime); the rest is room for clocks that were set back.
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(90 + 2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // Time within which a clock may be set back without that anybody is forgotten who matters: an expiry is exact to a second.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private HolderInventory _inventory = new();
    private readonly SemaphoreSlim _turn = new(1);
    private long? _read;
    private DateTimeOffset _forgottenUntil;

    /// <inheritdoc />
    public async ValueTask<FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await keeper.LoadAsync(cancellationToken);
            StartAgainIfClockWentBack();
            var isComplete = await CatchUpAsync(cancellationToken);
            var now = ForgetUntilNow();
            var live = WaitedFor(now);
            var reporters = live.Select(consumer => consumer.Holder).ToHashSet();
            var (holders, names) = await CountAsync(targetSequence, now, reporters, cancellationToken);

            // Nobody waits for pods that are no more. Those named go first, and others take their place.
            for (var started = clock.GetTimestamp(); ForgetGone(holders.Behind, names) && clock.GetElapsedTime(started) < Patience;)
            {
                (holders, names) = await CountAsync(targetSequence, now, reporters, cancellationToken);
            }

            return FleetReports.Of(targetSequence, now, live, holders, names, isComplete);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask<FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await keeper.LoadAsync(cancellationToken);
            var now = clock.GetUtcNow();
            return FleetReports.Of(targetSequence, now, WaitedFor(now), HolderCounts.None, new Dictionary<long, IssuanceRecord>(), isComplete: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    // Nobody waits for the word of who is banned, who could hold a rotation up with it; its certificates count until they end, and no others come.
    private IReadOnlyList<Consumer> WaitedFor(DateTimeOffset now) => revocations?.Current is { HasBans: true } current
        ? [.. consumers.Live().Where(consumer => current.FindBan(consumer.Identity, now) is null)]
        : consumers.Live();

    private async Task<(HolderCounts Counts, IReadOnlyDictionary<long, IssuanceRecord> Names)> CountAsync(
        long targetSequence, DateTimeOffset now, HashSet<HolderKey> reporters, CancellationToken cancellationToken)
    {
        var counts = _inventory.Count(targetSequence, now, reporters);
        return (counts, await leaves.ReadRecordsAsync([.. counts.Behind.Select(holder => holder.Leaf)], cancellationToken));
    }

    private bool ForgetGone(IReadOnlyList<HolderBehind> behind, IReadOnlyDictionary<long, IssuanceRecord> names)
    {
        var forgot = false;
        foreach (var holder in pods is null ? [] : behind)
        {
            if (names.GetValueOrDefault(holder.Leaf) is { Evidence: { PodUid: { } pod, Cluster: var cluster } } record
                && pods!.IsGone(cluster, pod, record.IssuedAt))
            {
                _inventory.Forget(holder.Holder);
                forgot = true;
            }
        }

        return forgot;
    }

    // What had expired by a clock that ran ahead was let go of, and lives.
    private void StartAgainIfClockWentBack()
    {
        if (clock.GetUtcNow() + Slack < _forgottenUntil)
        {
            (_inventory, _read, _forgottenUntil) = (new(), null, default);
        }
    }

    private DateTimeOffset ForgetUntilNow()
    {
        var now = clock.GetUtcNow();
        _forgottenUntil = now > _forgottenUntil ? now : _forgottenUntil;
        return now;
    }

    private async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var read = _read ?? await leaves.FindStartAsync(clock.GetUtcNow() - LongestLife, cancellationToken);
        while (true)
        {
            var page = await leaves.ReadLeavesAsync(read, Span, ForgetUntilNow(), cancellationToken);
            foreach (var leaf in page.Leaves)
            {
                _inventory.Add(leaf);
            }

            _read = read = page.Last;
            if (page.IsEnd || clock.GetElapsedTime(started) >= Patience)
            {
                return page.IsEnd;
            }
        }
    }
}
