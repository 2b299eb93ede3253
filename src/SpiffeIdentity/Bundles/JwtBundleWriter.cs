using System.Diagnostics;
using System.Text.Json;
using SpiffeIdentity.Json;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Bundles;

/// <summary>Writes JWT bundles as JWK Sets.</summary>
public static class JwtBundleWriter
{
    private const string SvidUse = "jwt-svid";

    /// <summary>Writes a bundle as the Workload API carries it: the JWT keys alone.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <returns>UTF-8 JSON; the same bytes for the same bundle, and <c>{"keys":[]}</c> in form for an empty one.</returns>
    public static byte[] Write(JwtBundle bundle) => Write(bundle, SvidUse);

    /// <summary>Writes a bundle for verifiers that know OpenID Connect and not SPIFFE: <c>use</c> is <c>sig</c> (RFC 7517 §4.2).</summary>
    /// <param name="bundle">The bundle.</param>
    /// <returns>UTF-8 JSON; the same bytes for the same bundle.</returns>
    public static byte[] WriteForOpenIdConnect(JwtBundle bundle) => Write(bundle, "sig");

    /// <summary>Writes the entries of a bundle.</summary>
    /// <param name="json">Stands within the array <c>keys</c>.</param>
    /// <param name="bundle">The bundle.</param>
    internal static void WriteEntries(Utf8JsonWriter json, JwtBundle bundle) => WriteEntries(json, bundle, SvidUse);

    private static byte[] Write(JwtBundle bundle, string use)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return StableJson.Write(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            WriteEntries(json, bundle, use);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteEntries(Utf8JsonWriter json, JwtBundle bundle, string use)
    {
        foreach (var authority in bundle.Authorities)
        {
            if (!PublicKeyFields.TryRead(authority.SubjectPublicKeyInfo.Span, out var key))
            {
                throw new UnreachableException("JwtBundle holds checked keys only");
            }

            json.WriteStartObject();
            json.WriteString("use", use);
            json.WriteString("kid", authority.KeyId);
            JsonWebKey.Write(json, key);
            json.WriteEndObject();
        }
    }
}
