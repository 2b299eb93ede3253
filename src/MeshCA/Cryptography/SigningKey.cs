using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace MeshCA.Cryptography;

/// <summary>A private key that signs certificates, on the platform's cryptography.</summary>
/// <remarks>
/// Safe for concurrent use. A class and not a record: a record's printed form would show its members.
/// The platform's key objects promise nothing about concurrent use, so each signature borrows one from a pool.
/// </remarks>
internal sealed class SigningKey : IDisposable
{
    private readonly ConcurrentBag<AsymmetricAlgorithm> _idle = [];
    private readonly Pkcs8PrivateKey _pkcs8;
    private bool _disposed;

    private SigningKey(AsymmetricAlgorithm keyPair)
    {
        PublicKey = keyPair switch
        {
            ECDsa ecdsa => SubjectPublicKey.Of(ecdsa),
            RSA rsa => SubjectPublicKey.Of(rsa),
            _ => throw new NotSupportedException("the key is neither EC nor RSA"),
        };
        _pkcs8 = Pkcs8PrivateKey.Of(keyPair);
        _idle.Add(keyPair);
    }

    /// <summary>The public half.</summary>
    public SubjectPublicKey PublicKey { get; }

    /// <summary>The OID of the signature algorithm that <see cref="Sign"/> uses.</summary>
    public string SignatureAlgorithm => PublicKey.Algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => Oids.EcdsaWithSha256,
        KeyAlgorithm.EcdsaP384 => Oids.EcdsaWithSha384,
        _ => Oids.Sha256WithRsaEncryption,
    };

    /// <summary>The hash under the signature.</summary>
    public HashAlgorithmName HashAlgorithm =>
        PublicKey.Algorithm == KeyAlgorithm.EcdsaP384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    /// <summary>Makes a new key.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="rsaKeySize">Bits of the modulus; only for RSA.</param>
    public static SigningKey Generate(KeyAlgorithm algorithm, int rsaKeySize = 3072) => new(algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        KeyAlgorithm.EcdsaP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        KeyAlgorithm.Rsa => RSA.Create(rsaKeySize),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    });

    /// <summary>Reads an unencrypted PKCS#8 key.</summary>
    /// <returns>False for anything but a P-256, P-384 or RSA key.</returns>
    public static bool TryImportPkcs8(ReadOnlySpan<byte> pkcs8, [NotNullWhen(true)] out SigningKey? key)
    {
        key = TryImport(ECDsa.Create, pkcs8) ?? TryImport(RSA.Create, pkcs8);
        return key is not null;
    }

    /// <summary>Reads a PEM key as Istio's plug-in files hold it: PKCS#8, SEC 1 or PKCS#1, not encrypted.</summary>
    /// <returns>False for anything but one P-256, P-384 or RSA key.</returns>
    public static bool TryImportPem(ReadOnlySpan<char> pem, [NotNullWhen(true)] out SigningKey? key)
    {
        key = null;
        foreach (var create in (ReadOnlySpan<Func<AsymmetricAlgorithm>>)[ECDsa.Create, RSA.Create])
        {
            var keyPair = create();
            try
            {
                keyPair.ImportFromPem(pem);
                key = new SigningKey(keyPair);
                return true;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
            {
                keyPair.Dispose();
            }
        }

        return false;
    }

    /// <summary>Signs bytes; an EC signature comes as the DER sequence that X.509 wants (RFC 3279 §2.2.3).</summary>
    public byte[] Sign(ReadOnlySpan<byte> content) => SignAs(content, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Checks a signature made by <see cref="Sign"/>, with the public half.</summary>
    public bool Verify(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) => VerifyAs(content, signature, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Signs bytes as JWS wants it: an EC signature is r and s side by side (RFC 7518 §3.4).</summary>
    public byte[] SignJose(ReadOnlySpan<byte> content) => SignAs(content, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Checks a signature made by <see cref="SignJose"/>, with the public half.</summary>
    public bool VerifyJose(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>
        VerifyAs(content, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>A copy of the key as unencrypted PKCS#8, for sealing; the caller disposes of it.</summary>
    public Pkcs8PrivateKey ExportPkcs8() => _pkcs8.Copy();

    /// <summary>Whether a certificate's public key is this key's.</summary>
    public bool Matches(ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        PublicKey.SubjectPublicKeyInfo.Span.SequenceEqual(subjectPublicKeyInfo);

    /// <inheritdoc />
    public void Dispose()
    {
        _disposed = true;
        _pkcs8.Dispose();
        while (_idle.TryTake(out var keyPair))
        {
            keyPair.Dispose();
        }
    }

    private byte[] SignAs(ReadOnlySpan<byte> content, DSASignatureFormat format)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var keyPair = Borrow();
        try
        {
            return keyPair switch
            {
                ECDsa ecdsa => ecdsa.SignData(content, HashAlgorithm, format),
                RSA rsa => rsa.SignData(content, HashAlgorithm, RSASignaturePadding.Pkcs1),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        finally
        {
            _idle.Add(keyPair);
        }
    }

    private bool VerifyAs(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, DSASignatureFormat format)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var keyPair = Borrow();
        try
        {
            return keyPair switch
            {
                ECDsa ecdsa => ecdsa.VerifyData(content, signature, HashAlgorithm, format),
                RSA rsa => rsa.VerifyData(content, signature, HashAlgorithm, RSASignaturePadding.Pkcs1),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        finally
        {
            _idle.Add(keyPair);
        }
    }

    private AsymmetricAlgorithm Borrow()
    {
        if (_idle.TryTake(out var keyPair))
        {
            return keyPair;
        }

        AsymmetricAlgorithm copy = PublicKey.Algorithm == KeyAlgorithm.Rsa ? RSA.Create() : ECDsa.Create();
        copy.ImportPkcs8PrivateKey(_pkcs8.Der, out _);
        GC.KeepAlive(_pkcs8);
        return copy;
    }

    private static SigningKey? TryImport(Func<AsymmetricAlgorithm> create, ReadOnlySpan<byte> pkcs8)
    {
        var keyPair = create();
        try
        {
            keyPair.ImportPkcs8PrivateKey(pkcs8, out var read);
            if (read == pkcs8.Length)
            {
                return new SigningKey(keyPair);
            }
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            // Not a key of this algorithm, or of one we do not use.
        }

        keyPair.Dispose();
        return null;
    }
}
