namespace MeshCA.Storage.Schema;

/// <summary>A run of records that retention removed; vouched for by the checkpoints from then on.</summary>
internal sealed class GapRow
{
    /// <summary><see cref="Chaining.Chain"/>.</summary>
    public long Chain { get; set; }

    /// <summary>The first sequence number removed.</summary>
    public long First { get; set; }

    /// <summary>The last sequence number removed.</summary>
    public long Last { get; set; }

    /// <summary>The chain's hash at the last record removed: where the chain goes on.</summary>
    public byte[] Hash { get; set; } = [];

    /// <summary>The hash of the record before the first, which stayed; empty where the chain begins. Not a column: it is that record's.</summary>
    public byte[] Before { get; set; } = [];
}
