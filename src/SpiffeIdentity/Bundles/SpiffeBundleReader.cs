using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.Bundles;

/// <summary>Reads SPIFFE bundle documents, leniently: what a newer writer may add is skipped.</summary>
public static class SpiffeBundleReader
{
    /// <summary>Longest document in bytes.</summary>
    public const int MaxLength = 1 << 20;

    // A document that names a member twice means different things to different readers.
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a document.</summary>
    /// <param name="trustDomain">Whose document it is: it does not say so itself.</param>
    /// <param name="utf8">The document; untrusted.</param>
    /// <param name="bundle">The bundle with the X.509 authorities of the document, or null.</param>
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

        try
        {
            using var document = JsonDocument.Parse(utf8, Options);
            error = Read(trustDomain, document.RootElement, out bundle);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8, or half of a surrogate pair, once it is decoded.
            error = TrustBundleError.MalformedJson;
        }

        return bundle is not null;
    }

    private static TrustBundleError Read(TrustDomain trustDomain, JsonElement root, out TrustBundle? bundle)
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

        var error = ReadKeys(trustDomain, keys, out var x509);
        bundle = x509 is null ? null : new TrustBundle(x509, sequence, refreshHint);
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

    private static TrustBundleError ReadKeys(TrustDomain trustDomain, JsonElement keys, out X509Bundle? x509)
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

        if (!Is(entry, "use", "x509-svid") || !(Is(entry, "kty", "EC") || Is(entry, "kty", "RSA"))
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

        if (!PublicKeyParameters.TryRead(fields.SubjectPublicKeyInfo, out var key))
        {
            return TrustBundleError.None; // an algorithm we do not verify with; no reason to drop the other authorities
        }

        authority = der;
        return AgreesWith(entry, key) ? TrustBundleError.None : TrustBundleError.KeyMismatch;
    }

    private static bool Is(JsonElement entry, string name, string value) =>
        entry.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.String
        && member.ValueEquals(value);

    private static bool AgreesWith(JsonElement entry, PublicKeyParameters key) =>
        Is(entry, "kty", key.KeyType)
        && key.Members.All(member => !entry.TryGetProperty(member.Key, out _) || Is(entry, member.Key, member.Value));
}
