using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace TestSupport;

/// <summary>Signs tokens with one key and prints its public JWK; shares no code with the product.</summary>
public sealed class TestTokenSigner : IDisposable
{
    // One RSA key for all: making one takes longer than most tests.
    private static readonly Lazy<RSA> Rsa = new(() => RSA.Create(2048));

    private readonly ECDsa? _ec;

    public TestTokenSigner(string algorithm, string keyId)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        _ec = algorithm[0] == 'E' ? ECDsa.Create(Curve) : null;
    }

    public string Algorithm { get; }

    public string KeyId { get; }

    private ECCurve Curve => Algorithm switch
    {
        "ES256" => ECCurve.NamedCurves.nistP256,
        "ES384" => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    };

    private HashAlgorithmName Hash => new("SHA" + Algorithm[2..]);

    /// <summary>The public key in DER.</summary>
    public byte[] SubjectPublicKeyInfo => _ec?.ExportSubjectPublicKeyInfo() ?? Rsa.Value.ExportSubjectPublicKeyInfo();

    /// <summary>The public key alone, as a JWK that tests may change.</summary>
    public JsonObject Jwk()
    {
        var jwk = new JsonObject { ["kid"] = KeyId, ["use"] = "sig", ["alg"] = Algorithm };
        if (_ec is not null)
        {
            var point = _ec.ExportParameters(false).Q;
            jwk["kty"] = "EC";
            jwk["crv"] = "P-" + (Algorithm == "ES512" ? "521" : Algorithm[2..]);
            jwk["x"] = Encode(point.X!);
            jwk["y"] = Encode(point.Y!);
            return jwk;
        }

        var parameters = Rsa.Value.ExportParameters(false);
        jwk["kty"] = "RSA";
        jwk["n"] = Encode(parameters.Modulus!);
        jwk["e"] = Encode(parameters.Exponent!);
        return jwk;
    }

    /// <summary>A JWK Set of several signers' public keys.</summary>
    public static string KeySet(params TestTokenSigner[] signers) => KeySet([.. signers.Select(signer => signer.Jwk())]);

    public static string KeySet(params JsonObject[] keys) =>
        new JsonObject { ["keys"] = new JsonArray([.. keys]) }.ToJsonString();

    /// <summary>Signs claims under the usual header.</summary>
    public string Sign(JsonObject claims) => Sign(Header(), claims.ToJsonString());

    /// <summary>Signs any header and payload, JSON or not.</summary>
    public string Sign(string header, string payload)
    {
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(payload))}";
        return $"{signed}.{Encode(SignOctets(Encoding.ASCII.GetBytes(signed)))}";
    }

    public string Header() => new JsonObject { ["alg"] = Algorithm, ["kid"] = KeyId }.ToJsonString();

    public void Dispose() => _ec?.Dispose();

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private byte[] SignOctets(byte[] octets)
    {
        if (_ec is not null)
        {
            return _ec.SignData(octets, Hash);
        }

        lock (Rsa)
        {
            return Rsa.Value.SignData(octets, Hash, Algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        }
    }
}
