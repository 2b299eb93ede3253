using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace TestSupport;

/// <summary>Signs tokens with one key and prints its public JWK; shares no code with the product.</summary>
public sealed class TestTokenSigner : IDisposable
{
    private readonly ECDsa? _ec;
    private readonly RSA? _rsa;

    public TestTokenSigner(string algorithm, string keyId, int rsaBits = 2048)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        if (algorithm[0] == 'E')
        {
            _ec = ECDsa.Create(Curve);
        }
        else
        {
            _rsa = RSA.Create(rsaBits);
        }
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

        var parameters = _rsa!.ExportParameters(false);
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

    public void Dispose()
    {
        _ec?.Dispose();
        _rsa?.Dispose();
    }

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private byte[] SignOctets(byte[] octets) =>
        _ec is not null
            ? _ec.SignData(octets, Hash)
            : _rsa!.SignData(octets, Hash, Algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
}
