using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SpiffeIdentity.Keys;

/// <summary>A public key that verifies many signatures: it is imported once and kept. Safe for concurrent use.</summary>
/// <remarks>
/// Importing costs more than verifying (P-256: 110 us and 64 us), and the platform's key objects promise nothing about
/// concurrent use, so a few of them wait in a pool. Nobody disposes of the pool: what it holds goes with its finalizers.
/// </remarks>
internal sealed class VerificationKey
{
    private const int MinRsaBytes = 2048 / 8;
    private const int MaxRsaBytes = 8192 / 8;
    private const int PoolSize = 4;

    private readonly PublicKeyFields _fields;
    private readonly AsymmetricAlgorithm?[] _idle = new AsymmetricAlgorithm?[PoolSize];
    private volatile bool _isNoKey;

    private VerificationKey(PublicKeyFields fields) => _fields = fields;

    /// <summary>Which kind of key.</summary>
    public KeyFamily Family => _fields.Family;

    /// <summary>Takes a key.</summary>
    /// <param name="fields">Its numbers; untrusted.</param>
    /// <param name="key">The key, or null.</param>
    /// <returns>False for an RSA key that is weak, or so large that each check would be arbitrarily slow.</returns>
    public static bool TryCreate(PublicKeyFields fields, [NotNullWhen(true)] out VerificationKey? key)
    {
        key = fields.Family != KeyFamily.Rsa || IsSafeRsa(fields.First, fields.Second) ? new VerificationKey(fields) : null;
        return key is not null;
    }

    /// <summary>Verifies an ECDSA signature.</summary>
    /// <param name="hash">The hash under it.</param>
    /// <param name="content">What was signed; untrusted.</param>
    /// <param name="signature">The signature; untrusted.</param>
    /// <param name="format">Its form.</param>
    /// <returns>Whether the holder of this key signed the content. False for an RSA key, and for a point off its curve.</returns>
    public bool VerifyEcdsa(
        HashAlgorithmName hash, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, DSASignatureFormat format) =>
        Borrow() is { } key && Verify(key, key is ECDsa ecdsa && ecdsa.VerifyData(content, signature, hash, format));

    /// <summary>Verifies an RSA signature.</summary>
    /// <param name="hash">The hash under it.</param>
    /// <param name="padding">PKCS#1 v1.5 or PSS.</param>
    /// <param name="content">What was signed; untrusted.</param>
    /// <param name="signature">The signature; untrusted.</param>
    /// <returns>Whether the holder of this key signed the content. False for an EC key.</returns>
    public bool VerifyRsa(
        HashAlgorithmName hash, RSASignaturePadding padding, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>

        // RFC 8017 §8.2.2 step 1: any other length is invalid, whatever the platform makes of it.
        signature.Length == _fields.First.Length
        && Borrow() is { } key
        && Verify(key, key is RSA rsa && rsa.VerifyData(content, signature, hash, padding));

    // An even or tiny exponent is no RSA key, and a long one makes each check arbitrarily slow.
    private static bool IsSafeRsa(byte[] modulus, byte[] exponent) =>
        modulus.Length is >= MinRsaBytes and <= MaxRsaBytes
        && modulus[0] >= 0x80 && (modulus[^1] & 1) == 1
        && exponent.Length <= 4 && (exponent[^1] & 1) == 1 && exponent is not [1];

    private bool Verify(AsymmetricAlgorithm key, bool verdict)
    {
        Return(key);
        return verdict;
    }

    private AsymmetricAlgorithm? Borrow()
    {
        for (var i = 0; i < PoolSize; i++)
        {
            if (Interlocked.Exchange(ref _idle[i], null) is { } key)
            {
                return key;
            }
        }

        return _isNoKey ? null : Import();
    }

    private void Return(AsymmetricAlgorithm key)
    {
        for (var i = 0; i < PoolSize; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[i], key, null) is null)
            {
                return;
            }
        }

        key.Dispose();
    }

    private AsymmetricAlgorithm? Import()
    {
        try
        {
            return Family == KeyFamily.Rsa
                ? RSA.Create(new RSAParameters { Modulus = _fields.First, Exponent = _fields.Second })
                : ECDsa.Create(new ECParameters { Curve = CurveOf(Family), Q = { X = _fields.First, Y = _fields.Second } });
        }
        catch (CryptographicException)
        {
            _isNoKey = true; // not on the curve
            return null;
        }
    }

    private static ECCurve CurveOf(KeyFamily family) => family switch
    {
        KeyFamily.P256 => ECCurve.NamedCurves.nistP256,
        KeyFamily.P384 => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    };
}
