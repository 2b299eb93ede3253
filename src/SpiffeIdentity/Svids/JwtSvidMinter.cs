using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.Svids;

/// <summary>Mints JWT-SVIDs with one key. As safe for concurrent use as what it signs with.</summary>
public sealed class JwtSvidMinter
{
    // Nothing of a token is ever put into HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _header;
    private readonly JwtSvidSignature _sign;

    /// <summary>Takes a key that is somewhere else.</summary>
    /// <param name="keyId">The <c>kid</c> under which the bundle has the public key.</param>
    /// <param name="algorithm">How the key signs.</param>
    /// <param name="sign">Signs.</param>
    /// <exception cref="ArgumentException">The key ID is empty or longer than <see cref="JwtAuthority.MaxKeyIdLength"/>.</exception>
    public JwtSvidMinter(string keyId, JwtAlgorithm algorithm, JwtSvidSignature sign)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keyId.Length, JwtAuthority.MaxKeyIdLength);
        ArgumentNullException.ThrowIfNull(sign);
        _sign = sign;
        KeyId = keyId;
        Algorithm = algorithm;
        _header = Encode(json =>
        {
            json.WriteString("alg", algorithm.ToString());
            json.WriteString("kid", keyId);
            json.WriteString("typ", "JWT");
        });
    }

    /// <summary>Takes an EC key; the algorithm is the one of its curve.</summary>
    /// <param name="keyId">The <c>kid</c> under which the bundle has the public key.</param>
    /// <param name="key">A private key on P-256, P-384 or P-521; it stays the caller's.</param>
    /// <exception cref="ArgumentException">The key is on another curve.</exception>
    public JwtSvidMinter(string keyId, ECDsa key)
        : this(keyId, AlgorithmOf(key), content => key.SignData(
            content, JwtSignature.HashOf(AlgorithmOf(key)), DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
    {
    }

    /// <summary>Takes an RSA key; the algorithm is RS256, which every validator knows.</summary>
    /// <param name="keyId">The <c>kid</c> under which the bundle has the public key.</param>
    /// <param name="key">A private key of at least 2,048 bits; it stays the caller's.</param>
    public JwtSvidMinter(string keyId, RSA key)
        : this(keyId, JwtAlgorithm.RS256, content => key.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.KeySize, 2048);
    }

    /// <summary>The <c>kid</c> of the tokens.</summary>
    public string KeyId { get; }

    /// <summary>The <c>alg</c> of the tokens.</summary>
    public JwtAlgorithm Algorithm { get; }

    /// <summary>Mints a token.</summary>
    /// <param name="plan">What it says.</param>
    /// <returns>The token in compact form. Secret.</returns>
    public string Mint(JwtSvidPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var content = _header + "." + Encode(json => WriteClaims(json, plan));
        return content + "." + Base64Url.EncodeToString(_sign(Encoding.ASCII.GetBytes(content)));
    }

    private static void WriteClaims(Utf8JsonWriter json, JwtSvidPlan plan)
    {
        json.WriteString("sub", plan.Subject.ToString());
        json.WriteStartArray("aud");
        foreach (var audience in plan.Audience)
        {
            json.WriteStringValue(audience);
        }

        json.WriteEndArray();
        json.WriteNumber("exp", plan.ExpiresAt.ToUnixTimeSeconds());
        json.WriteNumber("iat", plan.IssuedAt.ToUnixTimeSeconds());
        if (plan.Issuer is { } issuer)
        {
            json.WriteString("iss", issuer);
        }

        if (plan.TokenId is { } tokenId)
        {
            json.WriteString("jti", tokenId);
        }
    }

    private static JwtAlgorithm AlgorithmOf(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.KeySize switch
        {
            256 => JwtAlgorithm.ES256,
            384 => JwtAlgorithm.ES384,
            521 => JwtAlgorithm.ES512,
            _ => throw new ArgumentException("the key is not on P-256, P-384 or P-521", nameof(key)),
        };
    }

    private static string Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }
}

/// <summary>Signs the content of a token.</summary>
/// <param name="content">ASCII, what RFC 7515 §5.1 calls the signing input.</param>
/// <returns>The signature as RFC 7518 §3 has it: for ECDSA both numbers in full length, one after the other, not DER.</returns>
public delegate byte[] JwtSvidSignature(byte[] content);
