using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using SpiffeIdentity.Der;
using SpiffeIdentity.Keys;

namespace SpiffeIdentity.Svids;

/// <summary>A certificate that a path may lead through, with what was learned about it. Safe for concurrent use.</summary>
internal sealed class PathCertificate
{
    private readonly VerificationKey? _key;
    private readonly bool _isKeyKnown;

    // Whether a signature is good does not change. Only one signer is remembered: nobody needs more.
    private volatile PathCertificate? _signer;

    private PathCertificate(ReadOnlyMemory<byte> der, CertificateFields fields)
    {
        Der = der;
        Fields = fields;
        IsSelfIssued = fields.Issuer.AsSpan().SequenceEqual(fields.Subject);
        _isKeyKnown = PublicKeyFields.TryRead(fields.SubjectPublicKeyInfo, out var key);
        if (key is not null)
        {
            VerificationKey.TryCreate(key, out _key);
        }
    }

    /// <summary>The certificate in DER.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>What it says.</summary>
    public CertificateFields Fields { get; }

    /// <summary>Whether issuer and subject have the same name.</summary>
    public bool IsSelfIssued { get; }

    /// <summary>Reads a certificate.</summary>
    /// <param name="der">The certificate; untrusted. Kept, not copied.</param>
    /// <param name="certificate">The certificate, or null.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out PathCertificate? certificate)
    {
        certificate = CertificateFields.TryRead(der.Span, out var fields) ? new PathCertificate(der, fields) : null;
        return certificate is not null;
    }

    /// <summary>Whether two certificates are the same, byte by byte.</summary>
    /// <param name="other">Another one.</param>
    /// <returns>Whether they are.</returns>
    public bool IsSame(PathCertificate other) => ReferenceEquals(this, other) || Der.Span.SequenceEqual(other.Der.Span);

    /// <summary>Whether another certificate has the same name and key: a path that leads through both goes in a circle.</summary>
    /// <param name="other">Another one.</param>
    /// <returns>Whether they have.</returns>
    public bool IsSameAuthority(PathCertificate other) =>
        Fields.Subject.AsSpan().SequenceEqual(other.Fields.Subject)
        && Fields.SubjectPublicKeyInfo.AsSpan().SequenceEqual(other.Fields.SubjectPublicKeyInfo);

    /// <summary>Whether this certificate names another as its issuer.</summary>
    /// <param name="issuer">The other one.</param>
    /// <returns>Whether the names are the same, byte by byte: an authority's name is always encoded alike (RFC 5280 §4.1.2.6).</returns>
    public bool Names(PathCertificate issuer) => Fields.Issuer.AsSpan().SequenceEqual(issuer.Fields.Subject);

    /// <summary>Whether this certificate names another's key as the one it is signed with, RFC 5280 §4.2.1.1. Only a hint where to look first.</summary>
    /// <param name="issuer">The other one.</param>
    /// <returns>False also where one of them names no key.</returns>
    public bool NamesKeyOf(PathCertificate issuer) =>
        Fields.Extensions.AuthorityKeyIdentifier is { } wanted
        && issuer.Fields.Extensions.SubjectKeyIdentifier is { } key
        && wanted.AsSpan().SequenceEqual(key);

    /// <summary>Judges this certificate's signature.</summary>
    /// <param name="issuer">Whose key it should be of.</param>
    /// <returns>The verdict.</returns>
    public SignatureVerdict JudgeSignature(PathCertificate issuer)
    {
        if (Fields.HasWeakSignature || (issuer._isKeyKnown && issuer._key is null))
        {
            return SignatureVerdict.Weak;
        }

        if (issuer._key is null || HashOf(Fields.SignatureAlgorithm) is not { } hash)
        {
            return SignatureVerdict.Unknown;
        }

        if (_signer is { } signer && signer.IsSame(issuer))
        {
            return SignatureVerdict.Good;
        }

        if (!IsGood(issuer._key, hash))
        {
            return SignatureVerdict.Bad;
        }

        _signer = issuer;
        return SignatureVerdict.Good;
    }

    private bool IsGood(VerificationKey key, HashAlgorithmName hash) =>
        IsRsa(Fields.SignatureAlgorithm)
            ? key.VerifyRsa(hash, RSASignaturePadding.Pkcs1, Fields.ToBeSigned, Fields.Signature)
            : key.VerifyEcdsa(hash, Fields.ToBeSigned, Fields.Signature, DSASignatureFormat.Rfc3279DerSequence);

    private static bool IsRsa(ReadOnlySpan<byte> oid) => oid.StartsWith(Oids.Pkcs1);

    private static HashAlgorithmName? HashOf(ReadOnlySpan<byte> oid) => 0 switch
    {
        _ when oid.SequenceEqual(Oids.EcdsaWithSha256) || oid.SequenceEqual(Oids.Sha256WithRsaEncryption) => HashAlgorithmName.SHA256,
        _ when oid.SequenceEqual(Oids.EcdsaWithSha384) || oid.SequenceEqual(Oids.Sha384WithRsaEncryption) => HashAlgorithmName.SHA384,
        _ when oid.SequenceEqual(Oids.EcdsaWithSha512) || oid.SequenceEqual(Oids.Sha512WithRsaEncryption) => HashAlgorithmName.SHA512,
        _ => null,
    };
}

/// <summary>What became of a signature.</summary>
internal enum SignatureVerdict
{
    /// <summary>The issuer's key did not make it.</summary>
    Bad,

    /// <summary>The issuer's key made it.</summary>
    Good,

    /// <summary>Its hash or its key is too weak to prove anything.</summary>
    Weak,

    /// <summary>Its algorithm, or the kind of its key, is not known here.</summary>
    Unknown,
}
