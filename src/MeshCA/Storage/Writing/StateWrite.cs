using MeshCA.Auditing;
using MeshCA.Issuance;
using MeshCA.Registers;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;

namespace MeshCA.Storage.Writing;

/// <summary>Tables that hold one state, sealed as a whole.</summary>
/// <typeparam name="TState">The state.</typeparam>
internal interface IStateTable<in TState>
    where TState : IRevisioned
{
    /// <summary>What they hold, for people.</summary>
    string Content { get; }

    /// <summary>Makes the sealed head of a state.</summary>
    byte[] Seal(TState state);

    /// <summary>Reads the last revision inside the connection's present transaction.</summary>
    /// <returns>The revision; 0 in a new store.</returns>
    long ReadRevision(SqliteConnection connection);

    /// <summary>Writes what differs between two states inside the connection's present transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="previous">What is there.</param>
    /// <param name="next">What shall be.</param>
    /// <param name="head">From <see cref="Seal"/>, of the next.</param>
    void Write(SqliteConnection connection, TState previous, TState next, byte[] head);
}

/// <summary>Puts one state in the place of another, with its audit records; refused where something else took that place first.</summary>
/// <typeparam name="TState">The state.</typeparam>
/// <param name="table">Where it is kept.</param>
/// <param name="previous">What is there.</param>
/// <param name="next">What shall be.</param>
/// <param name="audit">What was done; none where only files changed.</param>
internal sealed class StateWrite<TState>(IStateTable<TState> table, TState previous, TState next, IReadOnlyList<AuditEvent> audit) : StoreWrite
    where TState : IRevisioned
{
    // On the caller's thread: the writer's has others waiting.
    private readonly byte[] _head = table.Seal(next);

    /// <inheritdoc />
    public override bool IsAlone => true;

    /// <inheritdoc />
    public override void Apply(StoreTransaction transaction)
    {
        if (table.ReadRevision(transaction.Connection) != previous.Revision)
        {
            Refusal = new JournalUnavailableException($"revision {previous.Revision} of {table.Content} is not the last any more");
            return;
        }

        table.Write(transaction.Connection, previous, next, _head);
        foreach (var auditEvent in audit)
        {
            transaction.Append(AuditRow.From(auditEvent));
        }
    }
}
