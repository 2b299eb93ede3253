using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using MeshCA.Cryptography;
using Microsoft.IdentityModel.Tokens;
using PublishedKey = Microsoft.IdentityModel.Tokens.JsonWebKey;

namespace MeshCA.Authentication.Keys;

/// <summary>One public key of an issuer, checked when it was read.</summary>
internal sealed class VerificationKey : IEquatable<VerificationKey>
{
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;

    private readonly string? _onlyAlgorithm;

    private VerificationKey(string? id, KeyFamily family, string? onlyAlgorithm, PublishedKey key)
    {
        Id = id;
        Family = family;
        _onlyAlgorithm = onlyAlgorithm;
        Fingerprint = Fingerprint.Of(Encoding.ASCII.GetBytes($"{key.Kty}.{key.Crv}.{key.X}.{key.Y}.{key.N}.{key.E}"));
        key.Kid = id;

        // A factory of its own: the shared one would keep the providers of keys long gone.
        key.CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = true };
        SecurityKey = key;
    }

    /// <summary>The <c>kid</c>; null where the issuer gives none.</summary>
    public string? Id { get; }

    /// <summary>Which kind of key.</summary>
    public KeyFamily Family { get; }

    /// <summary>SHA-256 over its public parts.</summary>
    public Fingerprint Fingerprint { get; }

    /// <summary>The key in the token library's form: public parts only.</summary>
    public SecurityKey SecurityKey { get; }

    /// <summary>Checks an RSA key's parts, RFC 7518 §6.3.1.</summary>
    public static bool TryCreateRsa(
        string? id, string? onlyAlgorithm, string modulus, string exponent, [NotNullWhen(true)] out VerificationKey? key)
    {
        key = Base64UrlText.TryDecode(modulus, out var n) && Base64UrlText.TryDecode(exponent, out var e) && IsSafeRsa(n, e)
            ? new VerificationKey(id, KeyFamily.Rsa, onlyAlgorithm, new PublishedKey { Kty = "RSA", N = modulus, E = exponent })
            : null;
        return key is not null;
    }

    /// <summary>Checks an elliptic-curve key's parts, RFC 7518 §6.2.1.</summary>
    public static bool TryCreateEc(
        string? id, string? onlyAlgorithm, string curve, string x, string y, [NotNullWhen(true)] out VerificationKey? key)
    {
        key = null;
        if (FamilyOf(curve) is { } family
            && Base64UrlText.TryDecode(x, out var left) && Base64UrlText.TryDecode(y, out var right)
            && IsOnCurve(family, left, right))
        {
            var published = new PublishedKey { Kty = "EC", Crv = curve, X = x, Y = y };
            key = new VerificationKey(id, family, onlyAlgorithm, published);
        }

        return key is not null;
    }

    /// <summary>Whether signatures of an algorithm may be checked with this key.</summary>
    public bool Serves(TokenAlgorithm algorithm) =>
        algorithm.Family == Family && (_onlyAlgorithm is null || _onlyAlgorithm == algorithm.Name);

    /// <inheritdoc />
    public bool Equals(VerificationKey? other) =>
        other is not null && Id == other.Id && _onlyAlgorithm == other._onlyAlgorithm && Fingerprint.Equals(other.Fingerprint);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as VerificationKey);

    /// <inheritdoc />
    public override int GetHashCode() => Fingerprint.GetHashCode();

    // An even or tiny exponent is no RSA key, and one of many octets makes each check arbitrarily slow.
    private static bool IsSafeRsa(byte[] modulus, byte[] exponent) =>
        modulus.Length is >= MinRsaBits / 8 and <= MaxRsaBits / 8
        && modulus[0] >= 0x80 && (modulus[^1] & 1) == 1
        && exponent.Length is >= 1 and <= 4
        && exponent[0] != 0 && (exponent[^1] & 1) == 1 && exponent is not [1];

    private static KeyFamily? FamilyOf(string curve) => curve switch
    {
        "P-256" => KeyFamily.P256,
        "P-384" => KeyFamily.P384,
        "P-521" => KeyFamily.P521,
        _ => null,
    };

    private static bool IsOnCurve(KeyFamily family, byte[] x, byte[] y)
    {
        var (curve, octets) = family switch
        {
            KeyFamily.P256 => (ECCurve.NamedCurves.nistP256, 32),
            KeyFamily.P384 => (ECCurve.NamedCurves.nistP384, 48),
            _ => (ECCurve.NamedCurves.nistP521, 66),
        };

        // RFC 7518 §6.2.1.2: exactly the octets of a coordinate.
        if (x.Length != octets || y.Length != octets)
        {
            return false;
        }

        try
        {
            using var imported = ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = x, Y = y } });
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
