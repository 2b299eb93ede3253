using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Bundles;

/// <summary>The bundles of several trust domains, each for its own domain only: they are never joined.</summary>
/// <remarks>Immutable. A domain that is not in it is trusted with nothing.</remarks>
public sealed class BundleSet : IReadOnlyCollection<TrustBundle>
{
    /// <summary>The set without bundles: it trusts nobody.</summary>
    public static readonly BundleSet Empty = new(ImmutableSortedDictionary.Create<string, TrustBundle>(StringComparer.Ordinal));

    private readonly ImmutableSortedDictionary<string, TrustBundle> _bundles;

    private BundleSet(ImmutableSortedDictionary<string, TrustBundle> bundles) => _bundles = bundles;

    /// <summary>Number of bundles.</summary>
    public int Count => _bundles.Count;

    /// <summary>Joins bundles to a set.</summary>
    /// <param name="bundles">The bundles; of two for one trust domain the last counts.</param>
    /// <returns>The set.</returns>
    public static BundleSet Of(params ReadOnlySpan<TrustBundle> bundles)
    {
        var builder = Empty._bundles.ToBuilder();
        foreach (var bundle in bundles)
        {
            builder[bundle.TrustDomain.Name] = bundle;
        }

        return new BundleSet(builder.ToImmutable());
    }

    /// <summary>Finds the bundle of a trust domain.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="bundle">Its bundle, or null.</param>
    /// <returns>Whether the set holds one.</returns>
    public bool TryGet(TrustDomain trustDomain, [NotNullWhen(true)] out TrustBundle? bundle)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        return _bundles.TryGetValue(trustDomain.Name, out bundle);
    }

    /// <summary>The set with a bundle in the place of an earlier one of the same trust domain.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <returns>Another set.</returns>
    public BundleSet With(TrustBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return new BundleSet(_bundles.SetItem(bundle.TrustDomain.Name, bundle));
    }

    /// <summary>The set without the bundle of a trust domain.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <returns>Another set; the same where there was none.</returns>
    public BundleSet Without(TrustDomain trustDomain)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        var rest = _bundles.Remove(trustDomain.Name);
        return ReferenceEquals(rest, _bundles) ? this : new BundleSet(rest);
    }

    /// <summary>Goes through the bundles.</summary>
    /// <returns>The bundles in the order of their trust domains' names.</returns>
    public IEnumerator<TrustBundle> GetEnumerator() => _bundles.Values.GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
