using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using Microsoft.Net.Http.Headers;
using SpiffeIdentity.Bundles;

namespace MeshCA.Rpc.JwtSvids;

/// <summary>What verifiers that know OpenID Connect and not SPIFFE find keys by; made once for each change of the keys.</summary>
/// <param name="authorities">The keys.</param>
/// <param name="issuer">The URL under which they are found.</param>
internal sealed class OpenIdDocuments(IAuthoritySnapshots authorities, string issuer)
{
    /// <summary>Path of the discovery document below the issuer (OpenID Connect Discovery §4).</summary>
    public const string DiscoveryPath = "/.well-known/openid-configuration";

    /// <summary>Path of the keys below the issuer.</summary>
    public const string KeysPath = "/keys";

    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private volatile Made? _made;

    /// <summary>The discovery document; null while no authority can sign.</summary>
    public OpenIdDocument? Discovery => Current?.Discovery;

    /// <summary>The JWK Set; null likewise.</summary>
    public OpenIdDocument? Keys => Current?.Keys;

    // Two that come at once make it twice, and both are right.
    private Made? Current => authorities.Current is not { } snapshot ? null
        : _made is { } made && ReferenceEquals(made.Ring, snapshot.Jwt) ? made
        : _made = new(snapshot.Jwt, new(Discover(snapshot.Jwt)), new(JwtBundleWriter.WriteForOpenIdConnect(snapshot.Jwt.BundleOf(snapshot.TrustDomain))));

    private byte[] Discover(JwtKeyRing ring)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteString("issuer", issuer);
        json.WriteString("jwks_uri", issuer + KeysPath);

        // Nobody logs in here. The member must be there, and must have a value for some verifiers (SPIRE writes the same).
        WriteTexts(json, "response_types_supported", ["id_token"]);
        WriteTexts(json, "subject_types_supported", ["public"]);
        WriteTexts(
            json,
            "id_token_signing_alg_values_supported",
            ring.Published.Select(key => JwtSigner.AlgorithmOf(key.Key.Algorithm).ToString()).Distinct().Order(StringComparer.Ordinal));
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private sealed record Made(JwtKeyRing Ring, OpenIdDocument Discovery, OpenIdDocument Keys);
}

/// <summary>One document with its tag (RFC 9110 §8.8.3).</summary>
internal sealed class OpenIdDocument
{
    private const int HashDigits = 32;

    /// <summary>Takes a document.</summary>
    public OpenIdDocument(byte[] body)
    {
        Body = body;
        Tag = new(string.Create(CultureInfo.InvariantCulture, $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..HashDigits]}\""));
    }

    /// <summary>The document, UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Its tag.</summary>
    public EntityTagHeaderValue Tag { get; }
}
