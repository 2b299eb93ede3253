using MeshCA.Authorities;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Writing;

/// <summary>Applies one change of the authorities with its journal and audit records.</summary>
/// <param name="change">The change; its keys may be zeroed already.</param>
/// <param name="sealedKeys">Its keys by authority id, sealed.</param>
/// <param name="table">Where the authorities are kept.</param>
/// <param name="maxClockStep">How far the clock may stand behind the newest record.</param>
internal sealed class AuthorityWrite(
    AuthorityChange change, IReadOnlyDictionary<string, byte[]> sealedKeys, AuthorityTable table, TimeSpan maxClockStep)
    : StoreWrite
{
    /// <inheritdoc />
    public override bool IsAlone => true;

    /// <summary>The authorities as they are then; null where the change was planned on another revision, and so was not applied.</summary>
    /// <remarks>Read with the change: once that is durable nothing may fail any more that would make it look undone.</remarks>
    public AuthoritySet? Applied { get; private set; }

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        // Unchecked: a number that somebody else put there is no revision that a change was planned on, and no more.
        if (change.ExpectedRevision != unchecked((ulong)transaction.State.Authorities.Revision))
        {
            return;
        }

        var records = change.Issued.Select(record => new JournalWrite(record, maxClockStep)).ToList();

        // All before any is written: a change is applied whole or not at all.
        if (records.Find(record => !record.IsTimely(transaction)) is { } late)
        {
            Refusal = late.Refusal;
            return;
        }

        records.ForEach(record => record.Apply(transaction));
        ApplyAuthorities(transaction);
        Applied = table.Read(transaction.Connection);
    }

    private void ApplyAuthorities(StoreTransaction transaction)
    {
        foreach (var added in change.Added)
        {
            AuthorityTable.Add(transaction.Connection, added, sealedKeys.GetValueOrDefault(added.Id));
        }

        foreach (var (id, state) in change.Moved)
        {
            AuthorityTable.Move(transaction.Connection, id, state, change.Audit.Time);
        }

        foreach (var (id, certificate) in change.Renewed)
        {
            AuthorityTable.Renew(transaction.Connection, id, certificate, sealedKeys.GetValueOrDefault(id));
        }

        foreach (var id in change.Tainted)
        {
            AuthorityTable.Taint(transaction.Connection, id, change.Audit.Time);
        }

        if (change.Rotation is { } rotation)
        {
            AuthorityTable.WriteRotation(transaction.Connection, rotation);
        }

        var revision = Next(transaction.State.Authorities);
        table.Seal(transaction.Connection, revision);
        transaction.Advance(state => state with { Authorities = revision });
        transaction.Append(AuditRow.From(change.Audit));

        // A change of who may sign is rare and the one thing an intruder would want to hide: it never waits for the next interval.
        transaction.Checkpoint(CheckpointReason.Interval);
    }

    private AuthorityRevision Next(AuthorityRevision present)
    {
        if (change.Becomes is { } given)
        {
            return new((long)given.Revision, (long)given.BundleSequence);
        }

        var revision = present.Revision + 1;
        return new(revision, change.ChangesBundle ? revision : present.BundleSequence);
    }
}
