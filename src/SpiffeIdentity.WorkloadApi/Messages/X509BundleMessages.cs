using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Spiffe.Wire.Workload;
using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.WorkloadApi.Messages;

/// <summary>Reads X.509 bundles from messages of the Workload API; untrusted.</summary>
internal static class X509BundleMessages
{
    /// <summary>Judges a message of the bundle stream.</summary>
    public static MessageOutcome<X509Bundles> Read(X509BundlesResponse message)
    {
        var partial = new HashSet<TrustDomain>();
        if (!TryReadMap(message.Bundles, partial, out var bundles, out var rule))
        {
            return new MessageOutcome<X509Bundles>.Refused(rule);
        }

        return RevocationLists.TryRead(message.Crl.Select(list => list.Memory), out var revocations)
            ? new MessageOutcome<X509Bundles>.Accepted(new X509Bundles(Set(bundles.Values), revocations) { Partial = partial })
            : new MessageOutcome<X509Bundles>.Refused("a revocation list is malformed");
    }

    /// <summary>Reads the bundles of other trust domains that come beside SVIDs.</summary>
    /// <remarks>
    /// One that cannot be read must not keep the workload from its own renewal. Its trust domain alone is left out, and with it every
    /// peer of that domain: an older bundle is not kept in its place, since it may hold what was revoked.
    /// </remarks>
    /// <param name="map">From trust domains to bundles; untrusted.</param>
    /// <param name="own">The bundles that came with SVIDs: what the map says of their trust domains does not count.</param>
    /// <param name="partial">Gets the trust domains of whose bundles an authority is left out.</param>
    /// <param name="leftOut">What was left out and why, for people.</param>
    /// <returns>The bundles that can be read.</returns>
    public static IEnumerable<X509Bundle> ReadFederated(
        IEnumerable<KeyValuePair<string, ByteString>> map, Dictionary<TrustDomain, X509Bundle> own, ISet<TrustDomain> partial, out IReadOnlyList<string> leftOut)
    {
        var read = new Dictionary<TrustDomain, X509Bundle?>();
        var faults = new List<string>();
        foreach (var (key, authorities) in map)
        {
            if (!TryReadTrustDomain(key, out var trustDomain))
            {
                faults.Add("the key of a bundle is no trust domain");
                continue;
            }

            if (own.ContainsKey(trustDomain))
            {
                continue;
            }

            TryRead(trustDomain, authorities.Memory, partial, out var bundle, out var rule);
            if (!read.TryAdd(trustDomain, bundle))
            {
                read[trustDomain] = null; // neither: which of them is meant would be a guess
                rule = $"two bundles of {trustDomain}";
            }

            if (rule is not null)
            {
                faults.Add(rule);
            }
        }

        leftOut = faults;
        return read.Values.OfType<X509Bundle>();
    }

    /// <summary>Reads a map from trust domains to bundles.</summary>
    /// <param name="map">The map; untrusted.</param>
    /// <param name="partial">Gets the trust domains of whose bundles an authority is left out.</param>
    /// <param name="bundles">The bundles, or null.</param>
    /// <param name="rule">The rule that is broken, or null.</param>
    private static bool TryReadMap(
        IEnumerable<KeyValuePair<string, ByteString>> map,
        ISet<TrustDomain> partial,
        [NotNullWhen(true)] out Dictionary<TrustDomain, X509Bundle>? bundles,
        [NotNullWhen(false)] out string? rule)
    {
        bundles = null;
        var read = new Dictionary<TrustDomain, X509Bundle>();
        foreach (var (key, authorities) in map)
        {
            if (!TryReadTrustDomain(key, out var trustDomain))
            {
                rule = "the key of a bundle is no trust domain";
                return false;
            }

            if (!TryRead(trustDomain, authorities.Memory, partial, out var bundle, out rule))
            {
                return false;
            }

            if (!read.TryAdd(trustDomain, bundle))
            {
                rule = $"two bundles of {trustDomain}"; // `td` and `spiffe://td`
                return false;
            }
        }

        bundles = read;
        rule = null;
        return true;
    }

    /// <summary>The key of a map: a trust domain's own ID, or its bare name, which go-spiffe takes too.</summary>
    public static bool TryReadTrustDomain(string key, [NotNullWhen(true)] out TrustDomain? trustDomain)
    {
        if (SpiffeId.TryParse(key, out var id, out _))
        {
            trustDomain = id.IsTrustDomainId ? id.TrustDomain : null;
            return trustDomain is not null;
        }

        return TrustDomain.TryParse(key, out trustDomain, out _);
    }

    /// <summary>Reads one bundle. An authority whose key .NET cannot verify with is left out: the others are still good.</summary>
    public static bool TryRead(
        TrustDomain trustDomain,
        ReadOnlyMemory<byte> concatenated,
        ISet<TrustDomain> partial,
        [NotNullWhen(true)] out X509Bundle? bundle,
        [NotNullWhen(false)] out string? rule)
    {
        bundle = null;
        rule = null;
        if (!DerSequence.TrySplit(concatenated, X509Bundle.MaxAuthorities, out var authorities))
        {
            rule = $"the bundle of {trustDomain} is not a row of certificates";
        }
        else if (!X509Bundle.TryCreate(trustDomain, authorities, out bundle, out var error))
        {
            if (error == X509BundleError.UnsupportedKey)
            {
                authorities.RemoveAll(authority => !X509Bundle.TryCreate(trustDomain, [authority], out _, out var one) && one == X509BundleError.UnsupportedKey);
                X509Bundle.TryCreate(trustDomain, authorities, out bundle, out error);
                partial.Add(trustDomain);
            }

            rule = bundle is null ? $"the bundle of {trustDomain}: {error}" : null;
        }

        return bundle is not null;
    }

    /// <summary>A set of bundles.</summary>
    public static BundleSet Set(IEnumerable<X509Bundle> bundles) => BundleSet.Of([.. bundles.Select(bundle => new TrustBundle(bundle))]);
}
