using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SpiffeIdentity.Json;

namespace SpiffeIdentity.Bundles;

/// <summary>Reads the bundles of several trust domains from one document (Trust_Domain_and_Bundle §5): all of them, or none.</summary>
public static class BundleMapReader
{
    /// <summary>Longest document in bytes.</summary>
    public const int MaxLength = 64 << 20;

    /// <summary>Most bundles in one document.</summary>
    public const int MaxBundles = 10_000;

    /// <summary>Reads a document.</summary>
    /// <param name="utf8">The document; untrusted. Refresh hints in it are ignored: a map is loaded as a whole.</param>
    /// <param name="bundles">The bundles, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="TrustBundleError.None"/>.</param>
    /// <returns>Whether every bundle of the document is one, and no trust domain is there twice.</returns>
    public static bool TryRead(
        ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out BundleSet? bundles, out TrustBundleError error)
    {
        bundles = null;
        if (utf8.Length > MaxLength)
        {
            error = TrustBundleError.TooLarge;
            return false;
        }

        BundleSet? found = null;
        error = StrictJson.TryRead(utf8, root => ReadMap(root, out found), out var verdict)
            ? verdict
            : TrustBundleError.MalformedJson; // a name that is there twice is a member that is there twice
        bundles = error == TrustBundleError.None ? found : null;
        return bundles is not null;
    }

    private static TrustBundleError ReadMap(JsonElement root, out BundleSet? bundles)
    {
        bundles = null;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return TrustBundleError.MalformedJson;
        }

        if (!root.TryGetProperty("trust_domains", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            return TrustBundleError.MissingTrustDomains;
        }

        if (map.GetPropertyCount() > MaxBundles)
        {
            return TrustBundleError.TooMany;
        }

        var found = new List<TrustBundle>();
        foreach (var member in map.EnumerateObject())
        {
            if (!TrustDomain.TryParse(member.Name, out var trustDomain, out _))
            {
                return TrustBundleError.BadTrustDomain;
            }

            var error = SpiffeBundleReader.Read(trustDomain, member.Value, out var bundle);
            if (bundle is null)
            {
                return error;
            }

            found.Add(bundle with { RefreshHint = null });
        }

        bundles = BundleSet.Of([.. found]);
        return TrustBundleError.None;
    }
}
