namespace MeshCA.DecisionLog;

/// <summary>Where records go. It is used by one thread at a time, and a fault of its own stays its own.</summary>
internal interface IDecisionOutput : IDisposable
{
    /// <summary>Takes a record, to be written now or with the next flush.</summary>
    /// <param name="line">The record, without an end of line; only lent.</param>
    void Add(ReadOnlySpan<byte> line);

    /// <summary>Writes what was taken.</summary>
    void Flush();
}
