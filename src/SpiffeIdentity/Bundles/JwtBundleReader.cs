using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SpiffeIdentity.Json;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Bundles;

/// <summary>Reads JWT bundles from JWK Sets as the Workload API carries them, leniently: entries of no use here are skipped.</summary>
public static class JwtBundleReader
{
    /// <summary>Reads a document.</summary>
    /// <param name="trustDomain">Whose document it is: it does not say so itself.</param>
    /// <param name="utf8">The document, at most <see cref="SpiffeBundleReader.MaxLength"/> bytes; untrusted. SPIRE's agents leave
    /// <c>use</c> out: an entry without it counts as one for JWT-SVIDs.</param>
    /// <param name="bundle">The bundle, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="TrustBundleError.None"/>.</param>
    /// <returns>Whether the document is a JWK Set.</returns>
    public static bool TryRead(
        TrustDomain trustDomain,
        ReadOnlyMemory<byte> utf8,
        [NotNullWhen(true)] out JwtBundle? bundle,
        out TrustBundleError error)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        bundle = null;
        if (utf8.Length > SpiffeBundleReader.MaxLength)
        {
            error = TrustBundleError.TooLarge;
            return false;
        }

        JwtBundle? found = null;
        error = StrictJson.TryRead(utf8, root => ReadSet(trustDomain, root, out found), out var verdict)
            ? verdict
            : TrustBundleError.MalformedJson;
        bundle = error == TrustBundleError.None ? found : null;
        return bundle is not null;
    }

    /// <summary>Reads the JWT keys among the entries of a document.</summary>
    /// <param name="trustDomain">Whose document it is.</param>
    /// <param name="keys">An array; untrusted.</param>
    /// <param name="isUseOptional">Whether an entry without <c>use</c> counts.</param>
    /// <param name="bundle">The bundle, or null.</param>
    /// <returns>The rule that was broken, or <see cref="TrustBundleError.None"/>.</returns>
    internal static TrustBundleError Read(TrustDomain trustDomain, JsonElement keys, bool isUseOptional, out JwtBundle? bundle)
    {
        bundle = null;
        var authorities = new List<JwtAuthority>();
        foreach (var entry in keys.EnumerateArray())
        {
            var error = ReadEntry(entry, isUseOptional, out var authority);
            if (error != TrustBundleError.None)
            {
                return error;
            }

            if (authority is not null)
            {
                authorities.Add(authority);
            }

            if (authorities.Count > JwtBundle.MaxAuthorities)
            {
                return TrustBundleError.TooMany;
            }
        }

        return JwtBundle.TryCreate(trustDomain, authorities, out bundle, out _)
            ? TrustBundleError.None
            : TrustBundleError.RepeatedKeyId; // nothing else is left that could be wrong
    }

    private static TrustBundleError ReadSet(TrustDomain trustDomain, JsonElement root, out JwtBundle? bundle)
    {
        bundle = null;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return TrustBundleError.MalformedJson;
        }

        return root.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array
            ? Read(trustDomain, keys, isUseOptional: true, out bundle)
            : TrustBundleError.MissingKeys;
    }

    /// <summary>Reads one entry; an authority of null is one to skip: another use, no usable name, no usable key. That only takes
    /// trust away, since tokens that name it are refused.</summary>
    private static TrustBundleError ReadEntry(JsonElement entry, bool isUseOptional, out JwtAuthority? authority)
    {
        authority = null;
        if (entry.ValueKind != JsonValueKind.Object)
        {
            return TrustBundleError.MalformedEntry;
        }

        var isForTokens = entry.Is("use", "jwt-svid") || (isUseOptional && !entry.TryGetProperty("use", out _));
        if (!isForTokens || !entry.TryGetText("kid", out var keyId) || keyId.Length is 0 or > JwtAuthority.MaxKeyIdLength)
        {
            return TrustBundleError.None;
        }

        authority = JsonWebKey.TryRead(entry, out var key) && VerificationKey.TryCreate(key, out _)
            ? new JwtAuthority(keyId, key.Encode())
            : null;
        return TrustBundleError.None;
    }
}
