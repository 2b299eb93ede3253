using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using SpiffeIdentity.Der;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Svids;

/// <summary>Mints certificates below one signing certificate. As safe for concurrent use as what it signs with.</summary>
public sealed class X509SvidMinter
{
    private readonly CertificateFields _authority;
    private readonly byte[] _keyIdentifier;
    private readonly byte[] _algorithm;
    private readonly X509SvidSignature _sign;

    private X509SvidMinter(CertificateFields authority, byte[] algorithm, X509SvidSignature sign)
    {
        _authority = authority;
        _algorithm = algorithm;
        _sign = sign;

        // RFC 5280 §4.2.1.1: MUST be the name that the issuer's certificate gives its key.
        _keyIdentifier = authority.Extensions.SubjectKeyIdentifier ?? TbsWriter.KeyIdentifierOf(authority.SubjectPublicKeyInfo);
    }

    /// <summary>The hash that signatures are made with.</summary>
    public HashAlgorithmName Hash => HashOf(_authority.SubjectPublicKeyInfo);

    /// <summary>Takes a signing certificate whose key is somewhere else.</summary>
    /// <param name="authority">The signing certificate in DER.</param>
    /// <param name="sign">Signs with its key, ECDSA in DER (RFC 3279 §2.2.3) or PKCS#1 v1.5, both with <see cref="Hash"/>.</param>
    /// <param name="minter">The minter, or null.</param>
    /// <returns>Whether it is a certificate that may sign others, with a key on P-256, P-384, P-521 or RSA.</returns>
    public static bool TryCreate(
        ReadOnlyMemory<byte> authority, X509SvidSignature sign, [NotNullWhen(true)] out X509SvidMinter? minter)
    {
        ArgumentNullException.ThrowIfNull(sign);
        minter = CertificateFields.TryRead(authority.Span, out var fields)
            && fields.Extensions.IsSigningAuthority
            && AlgorithmOf(fields.SubjectPublicKeyInfo) is { } algorithm
                ? new X509SvidMinter(fields, algorithm, sign)
                : null;
        return minter is not null;
    }

    /// <summary>Takes a signing certificate with its key.</summary>
    /// <param name="authority">The signing certificate in DER.</param>
    /// <param name="key">Its private key, EC or RSA; it stays the caller's.</param>
    /// <param name="minter">The minter, or null.</param>
    /// <returns>False also where the key is not the certificate's.</returns>
    public static bool TryCreate(
        ReadOnlyMemory<byte> authority, AsymmetricAlgorithm key, [NotNullWhen(true)] out X509SvidMinter? minter)
    {
        ArgumentNullException.ThrowIfNull(key);
        minter = null;
        var isPair = CertificateFields.TryRead(authority.Span, out var fields)
            && key is ECDsa or RSA
            && PublicKeyFields.TryRead(key.ExportSubjectPublicKeyInfo(), out var ours)
            && PublicKeyFields.TryRead(fields.SubjectPublicKeyInfo, out var theirs)
            && ours.Encode().AsSpan().SequenceEqual(theirs.Encode());
        return isPair && TryCreate(authority, content => Sign(key, content), out minter);
    }

    /// <summary>Mints a root: a signing certificate that its own key signs.</summary>
    /// <param name="plan">What it says.</param>
    /// <param name="key">Its private key, EC or RSA; it stays the caller's.</param>
    /// <returns>The certificate in DER.</returns>
    /// <exception cref="ArgumentException">The plan is a leaf's, or the key another than the plan's.</exception>
    public static byte[] SelfSign(X509SvidPlan plan, AsymmetricAlgorithm key)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(key);
        var publicKey = plan.PublicKey.Encode();
        if (!plan.IsAuthority || !PublicKeyFields.TryRead(key.ExportSubjectPublicKeyInfo(), out var ours)
            || !ours.Encode().AsSpan().SequenceEqual(publicKey) || AlgorithmOf(publicKey) is not { } algorithm)
        {
            throw new ArgumentException("only an authority signs itself, and with its own key", nameof(plan));
        }

        return Assemble(TbsWriter.Write(plan, TbsWriter.SubjectOf(plan), [], algorithm), algorithm, content => Sign(key, content));
    }

    /// <summary>Mints a certificate.</summary>
    /// <param name="plan">What it says.</param>
    /// <param name="certificate">The certificate in DER, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="X509SvidPlanError.None"/>.</param>
    /// <returns>Whether the signing certificate lets it be.</returns>
    public bool TryMint(X509SvidPlan plan, [NotNullWhen(true)] out byte[]? certificate, out X509SvidPlanError error)
    {
        ArgumentNullException.ThrowIfNull(plan);
        error = plan switch
        {
            // A certificate that outlives its issuer turns a planned rotation into an outage.
            _ when plan.NotAfter > _authority.NotAfter => X509SvidPlanError.OutlivesAuthority,
            { IsAuthority: true } when _authority.Extensions.PathLength is { } length && (plan.PathLength ?? int.MaxValue) >= length =>
                X509SvidPlanError.PathTooLong,
            _ => X509SvidPlanError.None,
        };
        certificate = error == X509SvidPlanError.None
            ? Assemble(TbsWriter.Write(plan, _authority.Subject, _keyIdentifier, _algorithm), _algorithm, _sign)
            : null;
        return certificate is not null;
    }

    private static byte[] Assemble(byte[] toBeSigned, byte[] algorithm, X509SvidSignature sign)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(toBeSigned);
            writer.WriteEncodedValue(algorithm);
            writer.WriteBitString(sign(toBeSigned));
        }

        return writer.Encode();
    }

    private static byte[] Sign(AsymmetricAlgorithm key, byte[] content) => key switch
    {
        ECDsa ecdsa => ecdsa.SignData(content, HashOf(ecdsa.ExportSubjectPublicKeyInfo()), DSASignatureFormat.Rfc3279DerSequence),
        RSA rsa => rsa.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        _ => throw new ArgumentException("the key is neither EC nor RSA", nameof(key)),
    };

    private static HashAlgorithmName HashOf(ReadOnlySpan<byte> publicKeyInfo) =>
        FamilyOf(publicKeyInfo) switch
        {
            KeyFamily.P384 => HashAlgorithmName.SHA384,
            KeyFamily.P521 => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };

    private static KeyFamily? FamilyOf(ReadOnlySpan<byte> publicKeyInfo) =>
        PublicKeyFields.TryRead(publicKeyInfo, out var key) && VerificationKey.TryCreate(key, out _) ? key.Family : null;

    // RFC 5758 §3.2 MUST omit the parameters, RFC 4055 §5 MUST have NULL.
    private static byte[]? AlgorithmOf(ReadOnlySpan<byte> publicKeyInfo) => FamilyOf(publicKeyInfo) switch
    {
        KeyFamily.P256 => Algorithm(Oids.EcdsaWithSha256, isRsa: false),
        KeyFamily.P384 => Algorithm(Oids.EcdsaWithSha384, isRsa: false),
        KeyFamily.P521 => Algorithm(Oids.EcdsaWithSha512, isRsa: false),
        KeyFamily.Rsa => Algorithm(Oids.Sha256WithRsaEncryption, isRsa: true),
        _ => null,
    };

    private static byte[] Algorithm(ReadOnlySpan<byte> oid, bool isRsa)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(oid.ToOid());
            if (isRsa)
            {
                writer.WriteNull();
            }
        }

        return writer.Encode();
    }
}

/// <summary>Signs the to-be-signed bytes of a certificate.</summary>
/// <param name="toBeSigned">DER, RFC 5280 §4.1.1.1.</param>
/// <returns>The signature as X.509 has it: for ECDSA a DER <c>Ecdsa-Sig-Value</c>.</returns>
public delegate byte[] X509SvidSignature(byte[] toBeSigned);
