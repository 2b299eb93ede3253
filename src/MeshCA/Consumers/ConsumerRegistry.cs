using System.Diagnostics.CodeAnalysis;

namespace MeshCA.Consumers;

/// <summary>Who reports which trust bundle it has in use. In memory; <see cref="ConsumerKeeper"/> keeps it over restarts.</summary>
/// <remarks>
/// What a consumer reports is believed as far as it goes: it says which bundle it has, about itself alone. Nobody is put out for
/// somebody new: whoever finds no room counts by its leaves.
/// </remarks>
internal sealed class ConsumerRegistry(ConsumerLimits limits, TimeProvider clock)
{
    // A consumer that says the same again need not be written each time; its age may be off by this share of its expiry.
    private const int SeenShares = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<ConsumerId, Entry> _entries = [];
    private readonly Dictionary<string, int> _identities = new(StringComparer.Ordinal);
    private readonly HashSet<ConsumerId> _unsaved = [];
    private readonly HashSet<ConsumerId> _removed = [];
    private readonly HashSet<ReachWait> _waits = [];

    /// <summary>Whether the clock may be believed that somebody was silent for long; by one that jumped ahead those would be forgotten that are waited for.</summary>
    public Func<bool> MayForget { get; init; } = () => true;

    /// <summary>Takes over what was kept. What was reported since is newer, and stays.</summary>
    public void Restore(IReadOnlyList<Consumer> kept)
    {
        lock (_lock)
        {
            foreach (var consumer in kept)
            {
                if (!_entries.ContainsKey(consumer.Id) && !_removed.Contains(consumer.Id))
                {
                    Insert(new Entry(consumer) { SavedSeen = consumer.LastSeen });
                }
            }
        }
    }

    /// <summary>Takes a report of a consumer that keeps no stream.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryReport(Consumer report)
    {
        lock (_lock)
        {
            return TryPut(report, out _);
        }
    }

    /// <summary>Lets go of a consumer that keeps no stream: nobody waits for it any more.</summary>
    public void Forget(ConsumerId id)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(id, out var entry) && entry.Session is null)
            {
                Remove(id);
            }
        }
    }

    /// <summary>Opens a stream's session; one that the same consumer has open already is ended.</summary>
    /// <param name="first">What it said when it opened the stream.</param>
    /// <param name="session">The session, to be disposed of with the stream.</param>
    /// <returns>Whether there was room.</returns>
    public bool TryConnect(Consumer first, [NotNullWhen(true)] out ConsumerSession? session)
    {
        ConsumerSession? former;
        lock (_lock)
        {
            if (!TryPut(first, out var entry))
            {
                session = null;
                return false;
            }

            former = entry.Session;
            entry.Session = session = new(this, first.Id);
            NoteReach(entry);
        }

        former?.Replace();
        return true;
    }

    /// <summary>Finds a consumer that is not gone.</summary>
    public Consumer? Find(ConsumerId id)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            return _entries.TryGetValue(id, out var entry) && !IsGone(entry, now) ? entry.Show(now) : null;
        }
    }

    /// <summary>The consumers that are not gone, in no order.</summary>
    public IReadOnlyList<Consumer> Live()
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            return [.. _entries.Values.Where(entry => !IsGone(entry, now)).Select(entry => entry.Show(now))];
        }
    }

    /// <summary>Begins to look how far a state of the bans and revocations gets.</summary>
    /// <param name="revision">Its revision.</param>
    /// <param name="isPassed">Whose consumers are not waited for, by SPIFFE ID; it is called with a lock held.</param>
    public ReachWait Await(long revision, Func<string, bool> isPassed)
    {
        var wait = new ReachWait(this, revision, isPassed);
        lock (_lock)
        {
            foreach (var entry in _entries.Values)
            {
                Note(wait, entry);
            }

            _waits.Add(wait);
            wait.Settle();
        }

        return wait;
    }

    /// <summary>Takes what is to be written, and lets go of who is gone.</summary>
    public ConsumerChanges TakeChanges()
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            foreach (var entry in _entries.Values)
            {
                if (IsGone(entry, now))
                {
                    Remove(entry.Consumer.Id); // allowed while enumerating
                }
                else if (entry.Seen(now) - entry.SavedSeen >= limits.Expiry / SeenShares)
                {
                    _unsaved.Add(entry.Consumer.Id);
                }
            }

            var changes = new ConsumerChanges([.. _unsaved.Select(id => Save(_entries[id], now))], [.. _removed]);
            _unsaved.Clear();
            _removed.Clear();
            return changes;
        }
    }

    /// <summary>Takes back what could not be written.</summary>
    public void PutBack(ConsumerChanges changes)
    {
        lock (_lock)
        {
            _unsaved.UnionWith(changes.Saved.Select(consumer => consumer.Id).Where(_entries.ContainsKey));
            _removed.UnionWith(changes.Removed.Where(id => !_entries.ContainsKey(id)));
        }
    }

    /// <summary>Notes what a stream's consumer has put to use; only its present session may say so.</summary>
    internal void Acknowledge(ConsumerSession session, long sequence)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(session.Consumer, out var entry) && entry.Session == session)
            {
                Update(entry, entry.Consumer with { Sequence = sequence, LastSeen = clock.GetUtcNow(), Behind = Unanswered(entry.Consumer.Behind, sequence) });
            }
        }
    }

    /// <summary>Notes what a stream's consumer has in force; only its present session may say so.</summary>
    internal void Enforce(ConsumerSession session, long revision)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(session.Consumer, out var entry) && entry.Session == session)
            {
                entry.EnforcedAt = clock.GetTimestamp();
                Update(entry, entry.Consumer with { Revocations = revision, LastSeen = clock.GetUtcNow() });
                NoteReach(entry);
            }
        }
    }

    /// <summary>Ends a look.</summary>
    internal void Leave(ReachWait wait)
    {
        lock (_lock)
        {
            _waits.Remove(wait);
        }
    }

    /// <summary>Notes that a bundle is not in use everywhere behind a stream's consumer; only its present session may say so.</summary>
    internal void FallBehind(ConsumerSession session, ConsumerBehind behind)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(session.Consumer, out var entry) && entry.Session == session)
            {
                var now = clock.GetUtcNow();
                Update(entry, entry.Consumer with
                {
                    // Only an acknowledgement gives a consumer more than it had.
                    Sequence = Math.Min(entry.Consumer.Sequence, Math.Max(0, behind.InUse ?? (behind.Sequence - 1))),
                    LastSeen = now,
                    Behind = behind with { Since = entry.Consumer.Behind?.Since ?? now, SaidAt = now },
                });
            }
        }
    }

    /// <summary>Ends a session.</summary>
    internal void Disconnect(ConsumerSession session)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(session.Consumer, out var entry) && entry.Session == session)
            {
                entry.Consumer = entry.Consumer with { LastSeen = clock.GetUtcNow(), Behind = entry.Consumer.Behind?.Shorten() };
                entry.Session = null;
                NoteReach(entry);
            }
        }
    }

    private bool TryPut(Consumer report, [NotNullWhen(true)] out Entry? entry)
    {
        if (_entries.TryGetValue(report.Id, out entry))
        {
            // A stream that ended says nothing of those behind it: what was said holds until the bundle is in use, and so does what was taken back.
            var behind = Unanswered(entry.Consumer.Behind, report.Sequence);
            Update(entry, report with
            {
                Behind = behind,
                Sequence = behind?.InUse is { } inUse ? Math.Min(report.Sequence, inUse) : report.Sequence,
            });
            return true;
        }

        if (_entries.Count >= limits.MaxConsumers || _identities.GetValueOrDefault(report.Identity) >= limits.MaxOfIdentity)
        {
            return false;
        }

        entry = new Entry(report);
        Insert(entry);
        _unsaved.Add(report.Id);
        _removed.Remove(report.Id);
        return true;
    }

    private void Update(Entry entry, Consumer report)
    {
        var isSame = report.Behind is null ? entry.Consumer.Behind is null : report.Behind.SaysTheSameAs(entry.Consumer.Behind);

        // What it has in force changes at all of them with each ban, and is written with the next sighting: nothing is decided by what is kept of it.
        var acknowledgesAsBefore = (entry.Consumer.Revocations is null) == (report.Revocations is null);
        if (!isSame || !acknowledgesAsBefore || entry.Consumer with { LastSeen = report.LastSeen, Behind = report.Behind, Revocations = report.Revocations } != report)
        {
            _unsaved.Add(report.Id);
        }

        entry.Consumer = report;
    }

    private static ConsumerBehind? Unanswered(ConsumerBehind? behind, long sequence) => behind is not null && sequence >= behind.Sequence ? null : behind;

    private void NoteReach(Entry entry)
    {
        foreach (var wait in _waits)
        {
            Note(wait, entry);
            wait.Settle();
        }
    }

    // Who is away is not waited for: it gets the newest state first of all when it comes back.
    private static void Note(ReachWait wait, Entry entry)
    {
        var isReached = entry.Consumer.Revocations >= wait.Revision;
        wait.Note(
            entry.Consumer.Id,
            isAwaited: entry.Session is not null && entry.Consumer.Revocations is not null && !isReached && !wait.IsPassed(entry.Consumer.Identity),
            isReached ? entry.EnforcedAt : null);
    }

    private void Insert(Entry entry)
    {
        _entries[entry.Consumer.Id] = entry;
        _identities[entry.Consumer.Identity] = _identities.GetValueOrDefault(entry.Consumer.Identity) + 1;
    }

    private void Remove(ConsumerId id)
    {
        _entries.Remove(id);
        _unsaved.Remove(id);
        _removed.Add(id);
        if (_identities[id.Identity] == 1)
        {
            _identities.Remove(id.Identity);
        }
        else
        {
            _identities[id.Identity]--;
        }
    }

    private bool IsGone(Entry entry, DateTimeOffset now) => entry.Session is null && now - entry.Consumer.LastSeen >= limits.Expiry && MayForget();

    private static Consumer Save(Entry entry, DateTimeOffset now)
    {
        entry.SavedSeen = entry.Seen(now);
        return entry.Show(now);
    }

    private sealed class Entry(Consumer consumer)
    {
        public Consumer Consumer { get; set; } = consumer;

        public ConsumerSession? Session { get; set; }

        public DateTimeOffset SavedSeen { get; set; } = consumer.LastSeen;

        /// <summary>When it acknowledged bans and revocations last, as the clock's timestamp; null: not since this process started.</summary>
        public long? EnforcedAt { get; set; }

        public DateTimeOffset Seen(DateTimeOffset now) => Session is null ? Consumer.LastSeen : now;

        public Consumer Show(DateTimeOffset now) => Consumer with { LastSeen = Seen(now), IsConnected = Session is not null };
    }
}
