namespace MeshCA.Storage.Chaining;

/// <summary>A place in one of the chains.</summary>
/// <param name="Chain">Which chain.</param>
/// <param name="Sequence">The sequence number.</param>
internal sealed record ChainPosition(Chain Chain, long Sequence);
