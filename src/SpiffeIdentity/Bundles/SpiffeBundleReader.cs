using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SpiffeIdentity.Der;
using SpiffeIdentity.Json;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Bundles;

/// <summary>Reads SPIFFE bundle documents, leniently: what a newer writer may add is skipped.</summary>
public static class SpiffeBundleReader
{
    /// <summary>Longest document in bytes.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Reads a document.</summary>
    /// <param name="trustDomain">Whose document it is: it does not say so itself.</param>
    /// <param name="utf8">The document; untrusted.</param>
    /// <param name="bundle">The bundle with the X.509 and JWT authorities of the document, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="TrustBundleError.None"/>.</param>
    /// <returns>Whether the document is a bundle.</returns>
    public static bool TryRead(
        TrustDomain trustDomain,
        ReadOnlyMemory<byte> utf8,
        [NotNullWhen(true)] out TrustBundle? bundle,
        out TrustBundleError error)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        bundle = null;
        if (utf8.Length > MaxLength)
        {
            error = TrustBundleError.TooLarge;
            return false;
        }

        TrustBundle? found = null;
        error = StrictJson.TryRead(utf8, root => Read(trustDomain, root, out found), out var verdict)
            ? verdict
            : TrustBundleError.MalformedJson;
        bundle = error == TrustBundleError.None ? found : null;
        return bundle is not null;
    }

    /// <summary>Reads a document that may be part of a larger one.</summary>
    /// <param name="trustDomain">Whose document it is.</param>
    /// <param name="root">The document; untrusted.</param>
    /// <param name="bundle">The bundle, or null.</param>
    /// <returns>The rule that was broken, or <see cref="TrustBundleError.None"/>.</returns>
    internal static TrustBundleError Read(TrustDomain trustDomain, JsonElement root, out TrustBundle? bundle)
    {
        bundle = null;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return TrustBundleError.MalformedJson;
        }

        if (!root.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
        {
            return TrustBundleError.MissingKeys;
        }

        if (!TryReadSequence(root, out var sequence))
        {
            return TrustBundleError.BadSequence;
        }

        if (!TryReadRefreshHint(root, out var refreshHint))
        {
            return TrustBundleError.BadRefreshHint;
        }

        var error = ReadX509(trustDomain, keys, out var x509);
        if (x509 is null)
        {
            return error;
        }

        error = JwtBundleReader.Read(trustDomain, keys, isUseOptional: false, out var jwt);
        bundle = jwt is null ? null : new TrustBundle(x509, sequence, refreshHint) { Jwt = jwt };
        return error;
    }

    private static bool TryReadSequence(JsonElement root, out ulong? sequence)
    {
        sequence = null;
        if (!root.TryGetProperty("spiffe_sequence", out var member))
        {
            return true;
        }

        if (member.ValueKind != JsonValueKind.Number || !member.TryGetUInt64(out var value))
        {
            return false;
        }

        sequence = value;
        return true;
    }

    private static bool TryReadRefreshHint(JsonElement root, out TimeSpan? refreshHint)
    {
        refreshHint = null;
        if (!root.TryGetProperty("spiffe_refresh_hint", out var member))
        {
            return true;
        }

        if (member.ValueKind != JsonValueKind.Number || !member.TryGetInt32(out var seconds) || seconds < 0)
        {
            return false;
        }

        refreshHint = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static TrustBundleError ReadX509(TrustDomain trustDomain, JsonElement keys, out X509Bundle? x509)
    {
        x509 = null;
        var authorities = new List<ReadOnlyMemory<byte>>();
        foreach (var entry in keys.EnumerateArray())
        {
            var error = ReadEntry(entry, out var authority);
            if (error != TrustBundleError.None)
            {
                return error;
            }

            if (authority is not null)
            {
                authorities.Add(authority);
            }

            if (authorities.Count > X509Bundle.MaxAuthorities)
            {
                return TrustBundleError.TooMany;
            }
        }

        return X509Bundle.TryCreate(trustDomain, authorities, out x509, out _)
            ? TrustBundleError.None
            : TrustBundleError.MalformedCertificate;
    }

    /// <summary>Reads one entry; an authority of null is one to skip: another use, another key type, no certificate.</summary>
    private static TrustBundleError ReadEntry(JsonElement entry, out byte[]? authority)
    {
        authority = null;
        if (entry.ValueKind != JsonValueKind.Object)
        {
            return TrustBundleError.MalformedEntry;
        }

        if (!entry.Is("use", "x509-svid") || !(entry.Is("kty", "EC") || entry.Is("kty", "RSA"))
            || !entry.TryGetProperty("x5c", out var chain) || chain.ValueKind != JsonValueKind.Array
            || chain.GetArrayLength() == 0)
        {
            return TrustBundleError.None;
        }

        // The standard has exactly one; of several the first counts.
        var first = chain[0];
        if (first.ValueKind != JsonValueKind.String || !first.TryGetBytesFromBase64(out var der)
            || !CertificateFields.TryRead(der, out var fields))
        {
            return TrustBundleError.MalformedCertificate;
        }

        if (!PublicKeyFields.TryRead(fields.SubjectPublicKeyInfo, out var key))
        {
            return TrustBundleError.None; // an algorithm we do not verify with; no reason to drop the other authorities
        }

        authority = der;
        return JsonWebKey.AgreesWith(entry, key) ? TrustBundleError.None : TrustBundleError.KeyMismatch;
    }
}
