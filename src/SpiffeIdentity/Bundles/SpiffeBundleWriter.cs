using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SpiffeIdentity.Der;

namespace SpiffeIdentity.Bundles;

/// <summary>Writes trust bundles as SPIFFE bundle documents: what strict readers such as go-spiffe accept, and no more.</summary>
public static class SpiffeBundleWriter
{
    // One form on every platform: the bytes are compared and hashed for ETags. Base64 needs no escapes here, since the
    // document is never put into HTML.
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a bundle.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <returns>UTF-8 JSON; the same bytes for the same bundle.</returns>
    public static byte[] Write(TrustBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            WriteDocument(json, bundle);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteDocument(Utf8JsonWriter json, TrustBundle bundle)
    {
        json.WriteStartObject();
        json.WriteStartArray("keys");
        foreach (var authority in bundle.X509.Authorities)
        {
            WriteEntry(json, authority.Span);
        }

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
            || !PublicKeyParameters.TryRead(fields.SubjectPublicKeyInfo, out var key))
        {
            throw new System.Diagnostics.UnreachableException("X509Bundle holds checked certificates only");
        }

        // Trust_Domain_and_Bundle §4.2.3: no kid, exactly one x5c value.
        json.WriteStartObject();
        json.WriteString("use", "x509-svid");
        json.WriteString("kty", key.KeyType);
        foreach (var (name, value) in key.Members)
        {
            json.WriteString(name, value);
        }

        json.WriteStartArray("x5c");
        json.WriteBase64StringValue(certificate);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
