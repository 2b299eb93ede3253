using MeshCA.Authorities;
using MeshCA.Rpc.Bundles;
using SpiffeIdentity.Bundles;
using TestSupport;

namespace MeshCA.Tests.Rpc.Bundles;

/// <summary>Authorities whose bundle a test changes.</summary>
internal sealed class PublishedRoots : IAuthoritySnapshots, IDisposable
{
    private readonly List<SigningAuthority> _roots = [];

    public PublishedRoots() => Bundles = new(this);

    public AuthoritySnapshot? Current { get; private set; }

    public PublishedBundles Bundles { get; }

    /// <summary>Publishes a bundle with one more root.</summary>
    public void Add(ulong sequence, params string[] tainted)
    {
        _roots.Insert(0, MeshAuthority.Root(StoreSamples.Now));
        Publish(sequence, tainted);
    }

    /// <summary>Publishes the same roots again: another snapshot, as when an intermediate is renewed.</summary>
    public void Publish(ulong sequence, params string[] tainted)
    {
        _ = X509Bundle.TryCreate(MeshAuthority.TrustDomain, [.. _roots.Select(root => root.Certificate)], out var bundle, out _);
        Current = AuthoritySnapshot.Of(_roots[0], [], [], bundle!, sequence, tainted: tainted);
        Bundles.Look();
    }

    public void Dispose() => _roots.ForEach(root => root.Dispose());
}
