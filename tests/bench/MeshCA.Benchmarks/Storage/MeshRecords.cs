using MeshCA.Issuance;
using SpiffeIdentity;
using TestSupport;

namespace MeshCA.Benchmarks.Storage;

/// <summary>Leaves' records as a mesh of 20,000 identities makes them.</summary>
internal sealed class MeshRecords
{
    private readonly SpiffeId[] _subjects =
        [.. Enumerable.Range(0, 20_000).Select(i => SpiffeId.Parse($"spiffe://td/ns/namespace-{i % 50}/sa/account-{i}"))];

    private int _next;

    /// <summary>The record of a leaf issued at a time.</summary>
    public IssuanceRecord Next(DateTimeOffset issuedAt) =>
        StoreSamples.Leaf(issuedAt) with { Subject = _subjects[_next++ % _subjects.Length] };
}
