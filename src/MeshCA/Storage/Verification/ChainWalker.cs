using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Verification;

/// <summary>Walks one chain from its first record to its last and holds it against gaps and checkpoints.</summary>
internal sealed class ChainWalker : IDisposable
{
    // A store that is wrong all over must not fill the memory: beyond this the first findings say enough.
    private const int MaxSuspects = 1_000;

    private readonly Chain _chain;
    private readonly GapList _gaps;
    private readonly Dictionary<long, CheckpointRow> _signed;
    private readonly CheckpointRow? _newest;
    private readonly List<VerificationFinding> _findings;
    private readonly ChainHasher _hasher = new();
    private readonly CanonicalWriter _writer = new();
    private readonly List<SuspectRecord> _suspects = [];
    private readonly Dictionary<long, byte[]> _links = [];
    private readonly HashSet<long> _wanted = [];

    // Which hashes the record before may have: one where it was sound, two where it was not (its own and the computed one,
    // since either may be the one that was changed), none where it is missing.
    private List<byte[]> _heads;
    private long _expected;
    private long _vouched;

    /// <summary>Prepares a walk.</summary>
    /// <param name="chain">Which chain.</param>
    /// <param name="start">The link to begin after: H(0), or one that a checkpoint vouches for.</param>
    /// <param name="gaps">What retention removed.</param>
    /// <param name="trusted">Checkpoints with a good signature, by number.</param>
    /// <param name="findings">Gets what is wrong.</param>
    public ChainWalker(
        Chain chain,
        ChainHead start,
        GapList gaps,
        IReadOnlyList<CheckpointRow> trusted,
        List<VerificationFinding> findings)
    {
        _chain = chain;
        _gaps = gaps;
        _findings = findings;
        _newest = trusted.Count > 0 ? trusted[^1] : null;

        // Retention may have removed what the start vouches for together with what follows: then the walk begins behind that.
        var gap = gaps.Containing(chain, start.Sequence);
        _heads = [gap?.Hash ?? start.Hash];
        _vouched = gap?.Last ?? start.Sequence;
        _expected = _vouched + 1;
        _signed = [];
        foreach (var checkpoint in trusted)
        {
            _signed[CheckpointTable.HeadOf(checkpoint, chain).Sequence] = checkpoint;
        }
    }

    /// <summary>Records read.</summary>
    public long Count { get; private set; }

    /// <summary>The last sequence number read or removed by retention.</summary>
    public long Last => _expected - 1;

    /// <summary>The hashes that <see cref="Keep"/> asked for, where the walk came by.</summary>
    public IReadOnlyDictionary<long, byte[]> Links => _links;

    /// <summary>Asks for the chain's hash at some sequence numbers; before the walk.</summary>
    public void Keep(IEnumerable<long> sequences)
    {
        _wanted.UnionWith(sequences);
        KeepLink(Last, _heads[0]);
    }

    /// <summary>Walks the chain to its end.</summary>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public void Walk(SqliteConnection connection, CancellationToken cancellationToken) =>
        WalkTo(connection, long.MaxValue, cancellationToken);

    /// <summary>Walks the chain to a record; where a checkpoint vouches for that one, nothing up to it can hide.</summary>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public void WalkTo(SqliteConnection connection, long last, CancellationToken cancellationToken)
    {
        using var rows = new SqliteStatement(connection, ChainTable.SelectFrom(_chain));

        // From the very first row where the walk begins with the chain: what stands before number 1 is no record of ours.
        rows.Bind(Last == 0 ? long.MinValue : _expected);
        while (rows.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var row = ChainTable.Read(_chain, rows);
            if (row.Sequence > last)
            {
                SkipTo(last + 1);
                break;
            }

            Visit(row);
        }

        Finish();
    }

    private void Visit(IChainedRow row)
    {
        Count++;
        if (!SkipTo(row.Sequence))
        {
            _findings.Add(new VerificationFinding.RecordUnexpected(_chain, row.Sequence));
            return;
        }

        row.Encode(_writer.Clear());
        var hashes = _heads.ConvertAll(head => _hasher.Next(head, row.Sequence, _writer.Written));
        var isSound = hashes.Count == 0 || hashes.Exists(hash => hash.AsSpan().SequenceEqual(row.Hash));
        if (!isSound && _suspects.Count < MaxSuspects)
        {
            _suspects.Add(new(row.Sequence, _writer.Written.ToArray(), row.Hash, _heads));
        }

        _heads = isSound ? [row.Hash] : [row.Hash, hashes[0]];
        _expected = row.Sequence + 1;
        KeepLink(row.Sequence, row.Hash);
        HoldAgainstCheckpoint(row.Sequence, isSound);
    }

    private void Finish()
    {
        while (_gaps.StartingAt(_chain, _expected) is { } gap)
        {
            Skip(gap);
        }

        _findings.AddRange(SuspectRecord.Explain(_chain, _suspects, _hasher));
        if (_newest is not null && CheckpointTable.HeadOf(_newest, _chain) is var signed && signed.Sequence > Last)
        {
            _findings.Add(new VerificationFinding.TailCut(_chain, _newest.Number, signed.Sequence, Last));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _hasher.Dispose();

    // No record has the greatest number there is: the chain could not go on behind it.
    private bool SkipTo(long sequence)
    {
        while (_expected < sequence && sequence < long.MaxValue)
        {
            if (_gaps.StartingAt(_chain, _expected) is not { } gap)
            {
                Miss(sequence);
            }
            else if (gap.Last < sequence)
            {
                Skip(gap);
            }
            else
            {
                return false;
            }
        }

        // A record at the very start of a gap is as unexpected as one inside.
        return sequence == _expected && sequence < long.MaxValue && _gaps.StartingAt(_chain, sequence) is null;
    }

    private void Skip(GapRow gap)
    {
        _heads = [gap.Hash];
        _expected = gap.Last + 1;
        KeepLink(gap.Last, gap.Hash);
        HoldAgainstCheckpoint(gap.Last, isSound: true);
    }

    private void Miss(long next)
    {
        var until = _gaps.Gaps
            .Where(gap => gap.Chain == (long)_chain && gap.First > _expected)
            .Select(gap => gap.First)
            .Append(next)
            .Min();
        _findings.Add(new VerificationFinding.RecordsMissing(_chain, _expected, until - 1));
        _heads = _signed.TryGetValue(until - 1, out var checkpoint) ? [CheckpointTable.HeadOf(checkpoint, _chain).Hash] : [];
        _expected = until;
    }

    private void KeepLink(long sequence, byte[] hash)
    {
        if (_wanted.Contains(sequence))
        {
            _links[sequence] = hash;
        }
    }

    private void HoldAgainstCheckpoint(long sequence, bool isSound)
    {
        if (!_signed.TryGetValue(sequence, out var checkpoint))
        {
            return;
        }

        var signed = CheckpointTable.HeadOf(checkpoint, _chain).Hash;
        if (!_heads[0].AsSpan().SequenceEqual(signed))
        {
            if (isSound)
            {
                _findings.Add(new VerificationFinding.RecordsRewritten(_chain, _vouched + 1, sequence, checkpoint.Number));
            }

            _heads.Add(signed);
        }

        _vouched = sequence;
    }
}
