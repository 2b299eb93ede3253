using System.Security.Cryptography.X509Certificates;
using MeshCA.Authentication.Certificates;
using MeshCA.Authorities;

namespace MeshCA.Hosting;

/// <summary>The roots of the present snapshot, for the verification of client certificates: never frozen at start (istio-ca §9.2 item 12).</summary>
internal sealed class SnapshotTrustAnchors(IAuthoritySnapshots authorities) : ITrustAnchors
{
    private volatile Loaded? _loaded;

    /// <inheritdoc />
    public IReadOnlyList<X509Certificate2> Roots
    {
        get
        {
            if (authorities.Current is not { } snapshot)
            {
                return [];
            }

            if (_loaded is { } loaded && ReferenceEquals(loaded.Snapshot, snapshot))
            {
                return loaded.Roots;
            }

            // Two threads may load at once; both results are right, and one is left to the collector.
            var roots = snapshot.Roots.Select(root => X509CertificateLoader.LoadCertificate(root.Span)).ToList();
            _loaded = new Loaded(snapshot, roots);
            return roots;
        }
    }

    private sealed record Loaded(AuthoritySnapshot Snapshot, IReadOnlyList<X509Certificate2> Roots);
}
