namespace MeshCA.TrustDistribution;

/// <summary>Sees whether somebody else keeps writing what we write. Two writers that both repair at once would write for ever.</summary>
internal sealed class OverwriteWatch(TimeProvider clock)
{
    // A person who edits by hand does not do so four times a minute; another controller does.
    private const int Patience = 3;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Record> _records = new(StringComparer.Ordinal);

    /// <summary>How many keys are written by somebody else too.</summary>
    public int Contested
    {
        get
        {
            lock (_lock)
            {
                return _records.Values.Count(record => record.Pauses > 0);
            }
        }
    }

    /// <summary>What we wrote was written over.</summary>
    /// <param name="key">What.</param>
    /// <returns>How long to leave it; null: repair at once.</returns>
    public TimeSpan? Overwritten(string key)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            if (!_records.TryGetValue(key, out var record) || now - record.Last > Window + LongestPause)
            {
                record = new Record { First = now };
            }

            record = record with { Last = now, Count = record.Count + 1 };
            if (record.Pauses == 0 && now - record.First > Window)
            {
                record = new Record { First = now, Last = now, Count = 1 };
            }

            var isFight = record.Count > Patience || record.Pauses > 0;
            _records[key] = isFight ? record with { Pauses = record.Pauses + 1 } : record;
            return isFight ? Pause(record.Pauses) : null;
        }
    }

    /// <summary>Forgets a key.</summary>
    public void Forget(string key)
    {
        lock (_lock)
        {
            _records.Remove(key);
        }
    }

    private static TimeSpan Pause(int earlier)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(earlier, 10));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>What happened to a key. The default: nothing yet.</summary>
    private sealed record Record
    {
        public DateTimeOffset First { get; init; }

        public DateTimeOffset Last { get; init; }

        public int Count { get; init; }

        public int Pauses { get; init; }
    }
}
