using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Writing;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Verification;

/// <summary>
/// Finds any change, removal, reordering or cut tail, back to the newest checkpoint that can be vouched for.
/// </summary>
/// <remarks>
/// What it cannot see: records after the newest checkpoint that were cut off or rewritten whole, and a database set back
/// whole to an older state. For the second give it the last checkpoint from the log.
/// </remarks>
internal sealed class AuditVerifier(StoreIdentity identity)
{
    /// <summary>Verifies everything.</summary>
    /// <param name="connection">A reader's connection, inside a transaction: the walk must see one state.</param>
    /// <param name="expected">A checkpoint known from outside the store, if any.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public VerificationReport Verify(
        SqliteConnection connection, CheckpointReference? expected, CancellationToken cancellationToken)
    {
        var findings = new List<VerificationFinding>();
        var trusted = CheckpointChain.Verify(CheckpointTable.All(connection), identity.CheckpointKey, findings);
        var newest = trusted.Count > 0 ? trusted[^1] : null;
        var gaps = new GapList(StoreStateReader.ReadGaps(connection));
        CheckSummary(connection, newest, gaps, findings);
        CompareExpected(trusted, expected, findings);

        using var journal = new ChainWalker(Chain.Journal, Genesis(Chain.Journal), gaps, trusted, findings);
        journal.Walk(connection, cancellationToken);
        using var audit = new ChainWalker(Chain.Audit, Genesis(Chain.Audit), gaps, trusted, findings);
        audit.Walk(connection, cancellationToken);
        return new VerificationReport
        {
            Findings = findings,
            JournalRecords = journal.Count,
            AuditEvents = audit.Count,
            Checkpoints = trusted.Count,
            NewestCheckpoint = newest is null ? null : CheckpointReference.Of(newest),
            JournalRecordsAfter = Math.Max(0, journal.Last - (newest?.JournalSequence ?? 0)),
            AuditEventsAfter = Math.Max(0, audit.Last - (newest?.AuditSequence ?? 0)),
        };
    }

    /// <summary>Verifies only what the newest checkpoint covers beyond the one before, and what follows: little enough for every start.</summary>
    /// <remarks>Without this the next checkpoint would vouch for whatever was done to the newest records while the service was down.</remarks>
    /// <param name="connection">A connection to the store.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public IReadOnlyList<VerificationFinding> VerifyTail(SqliteConnection connection, CancellationToken cancellationToken)
    {
        var findings = new List<VerificationFinding>();
        var trusted = CheckpointChain.Newest(connection, identity.CheckpointKey, 2, findings);
        var gaps = new GapList(StoreStateReader.ReadGaps(connection));
        CheckSummary(connection, trusted.LastOrDefault(), gaps, findings);
        foreach (var chain in Enum.GetValues<Chain>())
        {
            var start = Vouching(trusted) is { } row ? CheckpointTable.HeadOf(row, chain) : Genesis(chain);
            using var walker = new ChainWalker(chain, start, gaps, trusted, findings);
            walker.Walk(connection, cancellationToken);
        }

        return findings;
    }

    /// <summary>
    /// Verifies one chain from its begin to the first checkpoint that vouches for a record: before retention removes what
    /// only looks old, since somebody made it look so.
    /// </summary>
    /// <param name="connection">A reader's connection, inside a transaction.</param>
    /// <param name="state">Where the store stands by the writer's own account, not older than the newest removal.</param>
    /// <param name="record">The record; the newest checkpoint covers it.</param>
    /// <param name="wanted">Where the chain's hash is asked for, up to the record.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="SqliteException">The store cannot be read.</exception>
    public OldestRecords VerifyOldest(
        SqliteConnection connection,
        StoreState state,
        ChainPosition record,
        IEnumerable<long> wanted,
        CancellationToken cancellationToken)
    {
        var findings = new List<VerificationFinding>();
        if (!new GapList(StoreStateReader.ReadGaps(connection)).Hash.AsSpan().SequenceEqual(state.Gaps.Hash))
        {
            findings.Add(new VerificationFinding.GapsChanged(state.LastCheckpoint));
        }

        var trusted = CheckpointChain.VouchingFor(connection, identity.CheckpointKey, record, state, findings);
        using var walker = new ChainWalker(record.Chain, Genesis(record.Chain), state.Gaps, trusted, findings);
        walker.Keep(wanted);
        if (trusted is not [.., var vouching])
        {
            return new() { Findings = findings, Links = walker.Links, Checkpoint = 0 };
        }

        walker.WalkTo(connection, CheckpointTable.HeadOf(vouching, record.Chain).Sequence, cancellationToken);
        return new() { Findings = findings, Links = walker.Links, Checkpoint = vouching.Number };
    }

    private static void CheckSummary(
        SqliteConnection connection, CheckpointRow? newest, GapList gaps, List<VerificationFinding> findings)
    {
        if (newest is null)
        {
            // The first change of the authorities signs one: without any, they were removed.
            if (AuthorityTable.ReadRevision(connection) != AuthorityRevision.None || gaps.Gaps.Count > 0)
            {
                findings.Add(new VerificationFinding.NoCheckpoint());
            }
        }
        else if (!newest.GapsHash.AsSpan().SequenceEqual(gaps.Hash))
        {
            findings.Add(new VerificationFinding.GapsChanged(newest.Number));
        }
    }

    private static void CompareExpected(
        IReadOnlyList<CheckpointRow> trusted, CheckpointReference? expected, List<VerificationFinding> findings)
    {
        if (expected is null)
        {
            return;
        }

        var newest = trusted.Count > 0 ? trusted[^1].Number : 0;
        if (expected.Number > newest)
        {
            findings.Add(new VerificationFinding.RolledBack(expected.Number, newest));
        }
        else if (trusted.FirstOrDefault(row => row.Number == expected.Number) is { } here
            && CheckpointReference.Of(here) != expected)
        {
            findings.Add(new VerificationFinding.ExpectedCheckpointDiffers(expected.Number));
        }
    }

    // The newest only where it is a mark: what it covers was found already, and is not to be reported with every start.
    private static CheckpointRow? Vouching(List<CheckpointRow> latest) => latest switch
    {
        [.., var newest] when CheckpointChain.IsMark(newest) => newest,
        [var before, _] => before,
        _ => null,
    };

    private ChainHead Genesis(Chain chain) => ChainHasher.Genesis(chain, identity.StoreId);
}
