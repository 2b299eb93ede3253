using System.Diagnostics;
using System.Text.Json;
using SpiffeIdentity.Der;
using SpiffeIdentity.Json;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Bundles;

/// <summary>Writes trust bundles as SPIFFE bundle documents: what strict readers such as go-spiffe accept, and no more.</summary>
public static class SpiffeBundleWriter
{
    /// <summary>Writes a bundle.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <returns>UTF-8 JSON; the same bytes for the same bundle.</returns>
    public static byte[] Write(TrustBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return StableJson.Write(json => Write(json, bundle));
    }

    /// <summary>Writes a bundle as part of a larger document.</summary>
    /// <param name="json">Stands where a value may follow.</param>
    /// <param name="bundle">The bundle.</param>
    internal static void Write(Utf8JsonWriter json, TrustBundle bundle)
    {
        json.WriteStartObject();
        json.WriteStartArray("keys");
        foreach (var authority in bundle.X509.Authorities)
        {
            WriteEntry(json, authority.Span);
        }

        JwtBundleWriter.WriteEntries(json, bundle.Jwt);
        json.WriteEndArray();
        if (bundle.Sequence is { } sequence)
        {
            json.WriteNumber("spiffe_sequence", sequence);
        }

        if (bundle.RefreshHint is { } hint)
        {
            json.WriteNumber("spiffe_refresh_hint", Math.Clamp((long)hint.TotalSeconds, 0, int.MaxValue));
        }

        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, ReadOnlySpan<byte> certificate)
    {
        if (!CertificateFields.TryRead(certificate, out var fields)
            || !PublicKeyFields.TryRead(fields.SubjectPublicKeyInfo, out var key))
        {
            throw new UnreachableException("X509Bundle holds checked certificates only");
        }

        // X509-SVID §6.1: no kid, exactly one x5c value.
        json.WriteStartObject();
        json.WriteString("use", "x509-svid");
        JsonWebKey.Write(json, key);
        json.WriteStartArray("x5c");
        json.WriteBase64StringValue(certificate);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
