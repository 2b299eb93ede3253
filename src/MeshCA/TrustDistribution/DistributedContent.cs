namespace MeshCA.TrustDistribution;

/// <summary>What is distributed, of one moment.</summary>
/// <param name="Sequence">The trust bundle's sequence.</param>
/// <param name="Maps">The config maps.</param>
/// <param name="RootsPem">The trust bundle: every root that is prepared, active or old.</param>
internal sealed record DistributedContent(ulong Sequence, IReadOnlyList<DistributedMap> Maps, string RootsPem);

/// <summary>One config map as it is to be in every namespace.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">The key in it.</param>
/// <param name="Text">The text under the key; empty where there is none.</param>
internal sealed record DistributedMap(string Name, string Key, string Text);
