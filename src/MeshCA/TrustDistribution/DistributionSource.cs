using System.Text;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Revocations.Lists;

namespace MeshCA.TrustDistribution;

/// <summary>Composes what is distributed of the published authorities and lists; composed anew only when one of them changed.</summary>
/// <param name="options">Which config maps.</param>
/// <param name="authorities">The authorities.</param>
/// <param name="lists">The lists.</param>
/// <param name="mayWrite">Whether this replica leads.</param>
internal sealed class DistributionSource(
    TrustDistributionOptions options, IAuthoritySnapshots authorities, Func<ListCatalog> lists, Func<bool> mayWrite)
{
    private const string RootsKey = "root-cert.pem";
    private const string ListsKey = "ca-crl.pem";

    private volatile Composed? _composed;

    /// <summary>The config maps' names.</summary>
    public IReadOnlyList<string> MapNames => options.RevocationLists ? [options.ConfigMap, options.RevocationListConfigMap] : [options.ConfigMap];

    /// <summary>What is to be written now; null while this replica may not write, or there is nothing.</summary>
    public DistributedContent? Current => mayWrite() ? Compose() : null;

    /// <summary>The authorities, for what is signed; null while this replica may not.</summary>
    public AuthoritySnapshot? Snapshot => mayWrite() ? authorities.Current : null;

    /// <summary>What there is to distribute, whoever writes it; null before the authorities are there.</summary>
    public DistributedContent? Compose()
    {
        if (authorities.Current is not { } snapshot)
        {
            return null;
        }

        var catalog = lists();
        if (_composed is { } composed && ReferenceEquals(composed.Snapshot, snapshot) && ReferenceEquals(composed.Lists, catalog))
        {
            return composed.Content;
        }

        var content = Compose(snapshot, catalog);
        if (_composed is { } former && former.Content.Sequence == content.Sequence && former.Content.Maps.SequenceEqual(content.Maps))
        {
            content = former.Content; // a new signer under the same roots: nothing to write
        }

        _composed = new(snapshot, catalog, content);
        return content;
    }

    private DistributedContent Compose(AuthoritySnapshot snapshot, ListCatalog catalog)
    {
        var roots = new DistributedMap(options.ConfigMap, RootsKey, snapshot.BundlePem);

        // Empty where one is missing: Envoy would refuse every peer for its sake.
        var revoked = new DistributedMap(options.RevocationListConfigMap, ListsKey, catalog.IsComplete ? Encoding.ASCII.GetString(catalog.Pem.Span) : "");
        return new(snapshot.BundleSequence, options.RevocationLists ? [roots, revoked] : [roots], snapshot.BundlePem);
    }

    /// <summary>What was composed, and of what.</summary>
    private sealed record Composed(AuthoritySnapshot Snapshot, ListCatalog Lists, DistributedContent Content);
}
