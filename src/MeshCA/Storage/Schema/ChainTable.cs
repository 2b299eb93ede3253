using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;

namespace MeshCA.Storage.Schema;

/// <summary>The table that a hash chain runs through.</summary>
internal static class ChainTable
{
    /// <summary>The table's name.</summary>
    public static string Name(Chain chain) => chain == Chain.Journal ? "journal" : "audit_events";

    /// <summary>The rows from a sequence number on, in the order of the chain.</summary>
    public static string SelectFrom(Chain chain) =>
        chain == Chain.Journal ? JournalTable.SelectFrom : AuditTable.SelectFrom;

    /// <summary>Reads the present row of <see cref="SelectFrom"/>.</summary>
    public static IChainedRow Read(Chain chain, SqliteStatement statement) =>
        chain == Chain.Journal ? JournalTable.Read(statement) : AuditTable.Read(statement);
}
