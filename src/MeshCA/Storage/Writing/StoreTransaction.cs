using MeshCA.Auditing;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Verification;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Writing;

/// <summary>One batch being written: what was appended, and the state the store will have if it commits.</summary>
internal sealed class StoreTransaction(StoreSession session, DateTimeOffset now)
{
    // A store that is wrong all over must not fill the audit log.
    private const int MaxFindings = 100;

    private readonly CanonicalWriter _writer = session.Writer;

    /// <summary>The state after what was written so far.</summary>
    public StoreState State { get; private set; } = session.State;

    /// <summary>The connection, for writes that are too rare for a prepared statement.</summary>
    public SqliteConnection Connection => session.Connection;

    /// <summary>The checkpoints signed in this transaction, to be logged once they are durable.</summary>
    public List<CheckpointRow> Signed { get; } = [];

    /// <summary>Appends a journal record.</summary>
    /// <param name="row">The record; gets its sequence and hash.</param>
    /// <param name="body">Its canonical form.</param>
    public void Append(JournalRow row, ReadOnlySpan<byte> body)
    {
        var head = Next(State.Journal, body);
        row.Sequence = head.Sequence;
        row.Hash = head.Hash;
        JournalTable.Bind(session.InsertJournal, row).Run();
        State = State with { Journal = head, NewestIssuedAt = Math.Max(State.NewestIssuedAt, row.IssuedAt) };
    }

    /// <summary>Appends an audit event.</summary>
    /// <param name="row">The event; gets its sequence and hash.</param>
    public void Append(AuditRow row)
    {
        row.Encode(_writer.Clear());
        var head = Next(State.Audit, _writer.Written);
        row.Sequence = head.Sequence;
        row.Hash = head.Hash;
        AuditTable.Bind(session.InsertAudit, row).Run();
        State = State with { Audit = head };
    }

    /// <summary>Appends an event of the store itself.</summary>
    public void AppendNotice(string action, string outcome, string detail) => Append(AuditRow.From(new AuditEvent
    {
        Time = now,
        Action = action,
        Actor = "system",
        Target = "store",
        Outcome = outcome,
        Detail = detail,
    }));

    /// <summary>Holds a time against the newest record, and audits when the clock goes back or comes right.</summary>
    /// <returns>Whether records of that time may be written.</returns>
    public bool ObserveClock(long time, TimeSpan maxStep)
    {
        var isBehind = State.IsClockBehind(time, maxStep);
        if (isBehind != State.ClockIsBehind)
        {
            var newest = StoredTime.FromMicroseconds(State.NewestIssuedAt);
            AppendNotice(
                isBehind ? "clock.backwards" : "clock.recovered",
                isBehind ? "refused" : "ok",
                $"clock {StoredTime.FromMicroseconds(time):O}, newest record {newest:O}");
            State = State with { ClockIsBehind = isBehind };
        }

        return !isBehind;
    }

    /// <summary>Signs a checkpoint over everything written so far.</summary>
    public void Checkpoint(CheckpointReason reason)
    {
        var row = new CheckpointRow
        {
            Number = State.LastCheckpoint + 1,
            Version = 1,
            Time = StoredTime.ToMicroseconds(now),
            Reason = (long)reason,
            FirstNumber = State.FirstCheckpoint,
            Previous = State.Checkpoint is { } previous ? session.CheckpointKey.HashOf(previous) : new byte[32],
            JournalSequence = State.Journal.Sequence,
            JournalHash = State.Journal.Hash,
            AuditSequence = State.Audit.Sequence,
            AuditHash = State.Audit.Hash,
            GapsHash = State.Gaps.Hash,
        };
        session.CheckpointKey.Sign(row);
        CheckpointTable.Bind(session.InsertCheckpoint, row).Run();
        State = State with { Checkpoint = row, LastCheckpoint = row.Number };
        Signed.Add(row);
    }

    /// <summary>Audits what was found changed, and signs a checkpoint that says so before any other vouches for it.</summary>
    public void MarkTampering(IReadOnlyList<VerificationFinding> findings)
    {
        foreach (var finding in findings.Take(MaxFindings))
        {
            AppendTampering(finding.Describe());
        }

        if (findings.Count > MaxFindings)
        {
            AppendTampering($"{findings.Count - MaxFindings} more findings");
        }

        Checkpoint(CheckpointReason.Tampered);
    }

    /// <summary>Takes over a change of the state that was written through <see cref="Connection"/>.</summary>
    public void Advance(Func<StoreState, StoreState> change) => State = change(State);

    private void AppendTampering(string detail) => AppendNotice("store.tampered", "failed", detail);

    private ChainHead Next(ChainHead head, ReadOnlySpan<byte> body)
    {
        var sequence = head.Sequence + 1;
        return new(sequence, session.Hasher.Next(head.Hash, sequence, body));
    }
}
