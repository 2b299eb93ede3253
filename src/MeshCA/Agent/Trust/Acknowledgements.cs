using MeshCA.Agent.Identities;
using MeshCA.Agent.Uptake;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Trust;

/// <summary>Tells the CA which bundle is in use: the newest only, not before files and workloads have it, and who lacks it where that takes long.</summary>
/// <param name="applied">Knows what the files have.</param>
/// <param name="workloads">Knows what the workloads have.</param>
/// <param name="patience">After how long it is worth a warning.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Gets the warning.</param>
internal sealed class Acknowledgements(AppliedStates applied, WorkloadUptake workloads, TimeSpan patience, TimeProvider clock, ILogger logger)
{
    private const int MaxExamples = 8;
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    private readonly Lock _lock = new();
    private TaskCompletionSource _more = NewSource();
    private Newest? _newest;
    private readonly SequenceMemory _memory = new();
    private ulong _acknowledged;

    /// <summary>The sequence that the CA knows to be in use; 0: none.</summary>
    public ulong Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>A bundle is part of a state from now on.</summary>
    /// <param name="sequence">The bundle's.</param>
    /// <param name="revision">The first state that has it.</param>
    /// <param name="takesBehind">Whether the CA takes word of who lacks it.</param>
    /// <param name="roots">Its roots.</param>
    public void Add(ulong sequence, long revision, bool takesBehind, X509BundleDigest roots)
    {
        lock (_lock)
        {
            _memory.Served(sequence, roots);
            _newest = new(sequence, revision, takesBehind);
            _more.TrySetResult();
        }
    }

    /// <summary>Tells of them while a stream is open.</summary>
    /// <param name="tell">Sends one.</param>
    /// <param name="cancellationToken">Ends with the stream.</param>
    public async Task RunAsync(Func<Acknowledgement, CancellationToken, Task> tell, CancellationToken cancellationToken)
    {
        // Only what came on this stream may be acknowledged on it.
        lock (_lock)
        {
            _newest = null;
        }

        var stream = new StreamStanding(tell);
        while (true)
        {
            // Each task before what it tells of: a change afterwards ends the wait.
            var (newest, more) = Take();
            if (newest is null)
            {
                await more.WaitAsync(cancellationToken);
                continue;
            }

            var (files, filesChanged) = applied.Look(newest.Revision);
            var (uptake, workloadsChanged) = workloads.Look();
            var now = clock.GetUtcNow();
            var isInUse = files.Count == 0 && uptake.Revision >= newest.Revision && uptake.IsInUse;
            Note(stream, newest, isInUse, files, now);
            var next = AcknowledgementPlan.Next(
                new BundleUptake
                {
                    Sequence = newest.Sequence,
                    IsInUse = isInUse,
                    IsRefused = uptake.Refused > 0,
                    HeldSince = stream.HeldSince,
                    TakesBehind = newest.TakesBehind,
                },
                stream.Told,
                stream.ToldAt,
                now);
            if (next.Kind != PlannedWordKind.None && next.At <= now)
            {
                Acknowledgement word = next.Kind == PlannedWordKind.InUse ? new Acknowledgement.InUse(newest.Sequence) : BehindOf(newest.Sequence, files);
                if (word is Acknowledgement.Behind { Count: 0 })
                {
                    // The last of them came, or was given up, since the look above: nothing is taken back for nobody.
                    await WaitAsync(AcknowledgementPlan.Gap, [more, filesChanged, workloadsChanged], cancellationToken);
                    continue;
                }

                await TellAsync(stream, word, now, cancellationToken);
                continue;
            }

            var warning = isInUse || stream.IsLate ? DateTimeOffset.MaxValue : stream.HeldSince + patience;
            await WaitAsync((warning < next.At ? warning : next.At) - now, [more, filesChanged, workloadsChanged], cancellationToken);
        }
    }

    private (Newest? Newest, Task More) Take()
    {
        lock (_lock)
        {
            if (_more.Task.IsCompleted)
            {
                _more = NewSource();
            }

            return (_newest, _more.Task);
        }
    }

    // Since when it is held, and the two events of one that is held for long.
    private void Note(StreamStanding stream, Newest newest, bool isInUse, IReadOnlyList<string> files, DateTimeOffset now)
    {
        if (newest != stream.Held)
        {
            (stream.Held, stream.HeldSince, stream.IsLate) = (newest, now, false);
        }

        if (isInUse)
        {
            if (stream.IsLate)
            {
                Log.AcknowledgementReleased(logger, newest.Sequence, now - stream.HeldSince);
            }

            (stream.HeldSince, stream.IsLate) = (now, false);
        }
        else if (!stream.IsLate && now - stream.HeldSince >= patience)
        {
            stream.IsLate = true;
            var behind = BehindOf(newest.Sequence, files);
            Log.AcknowledgementHeld(logger, newest.Sequence, now - stream.HeldSince, behind.Count, string.Join("; ", behind.Examples));
        }
    }

    private async Task TellAsync(StreamStanding stream, Acknowledgement next, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Due again, and nothing new in it: then only the time counts.
        if (next != stream.Told)
        {
            await stream.TellAsync(next, cancellationToken);
        }

        (stream.Told, stream.ToldAt) = (next, now);
        switch (next)
        {
            case Acknowledgement.InUse(var sequence):
                Acknowledge(sequence);
                break;

            // The CA lowers what it has by the same word; the next stream must not open with more.
            case Acknowledgement.Behind(var sequence, _, var examples) { StillInUse: var inUse } when sequence <= _acknowledged || inUse < _acknowledged:
                if (sequence <= _acknowledged)
                {
                    Log.AcknowledgementTakenBack(logger, sequence, string.Join("; ", examples), inUse);
                }

                Acknowledge(inUse);
                break;
            default:
                break;
        }
    }

    private Acknowledgement.Behind BehindOf(ulong sequence, IReadOnlyList<string> files)
    {
        var count = files.Count + workloads.Count(UptakeStanding.Awaited) + workloads.Count(UptakeStanding.Refused);
        var lacking = workloads.Lacking(MaxExamples).Where(row => row.Standing != UptakeStanding.Ignored).Select(row => row.ToString());
        return new(sequence, count, [.. files.Select(UptakeRow.Shorten).Concat(lacking).Take(MaxExamples)]) { StillInUse = InUseBefore(sequence) };
    }

    private ulong InUseBefore(ulong sequence)
    {
        var roots = workloads.RootsOfLacking();
        lock (_lock)
        {
            return _memory.InUseBefore(sequence, roots);
        }
    }

    private void Acknowledge(ulong sequence)
    {
        lock (_lock)
        {
            _memory.Acknowledged(sequence);
        }

        Volatile.Write(ref _acknowledged, sequence);
    }

    private async Task WaitAsync(TimeSpan longest, Task[] changes, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var late = Task.Delay(longest < LongestTimer ? longest : Timeout.InfiniteTimeSpan, clock, over.Token);
        await Task.WhenAny([.. changes, late]);
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Newest(ulong Sequence, long Revision, bool TakesBehind);

    private sealed class StreamStanding(Func<Acknowledgement, CancellationToken, Task> tell)
    {
        public Newest? Held { get; set; }

        public DateTimeOffset HeldSince { get; set; }

        public bool IsLate { get; set; }

        public Acknowledgement? Told { get; set; }

        public DateTimeOffset ToldAt { get; set; }

        public Task TellAsync(Acknowledgement next, CancellationToken cancellationToken) => tell(next, cancellationToken);
    }
}
