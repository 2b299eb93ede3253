using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;
using SpiffeIdentity.Pem;

namespace MeshCA.Authorities;

/// <summary>A certificate with cA=true and the private key to it: signs what was linted for it, and nothing else.</summary>
internal sealed class SigningAuthority : IDisposable
{
    private readonly SigningKey _key;
    private readonly byte[] _signatureAlgorithm;

    private SigningAuthority(X509Certificate2 certificate, ReadOnlyMemory<byte> keyIdentifier, SigningKey key)
    {
        _key = key;
        Certificate = certificate.RawData;
        CertificatePem = PemWriter.WriteCertificate(certificate.RawData);
        Id = Convert.ToHexStringLower(keyIdentifier.Span);
        IsSelfSigned = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
        NotBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime());
        Name = new IssuerName
        {
            Subject = certificate.SubjectName.RawData,
            KeyIdentifier = keyIdentifier,
            SignatureAlgorithm = key.SignatureAlgorithm,
            NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
        };
        _signatureAlgorithm = TbsCertificateBuilder.SignatureAlgorithm(key.SignatureAlgorithm).GetDerEncoded();
    }

    /// <summary>The subject key identifier in lower-case hexadecimal.</summary>
    public string Id { get; }

    /// <summary>The certificate in DER.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>The certificate in PEM, ending in a newline.</summary>
    public string CertificatePem { get; }

    /// <summary>Whether subject and issuer are one.</summary>
    public bool IsSelfSigned { get; }

    /// <summary>What certificates signed by it say of it.</summary>
    public IssuerName Name { get; }

    /// <summary>Begin of its validity.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>End of its validity.</summary>
    public DateTimeOffset NotAfter => Name.NotAfter;

    /// <summary>Its public key.</summary>
    public SubjectPublicKey PublicKey => _key.PublicKey;

    /// <summary>Joins a certificate and its key. The key belongs to the authority from then on, if this succeeds.</summary>
    /// <returns>False with the fault if they do not form an authority that may sign certificates.</returns>
    public static bool TryCreate(
        ReadOnlySpan<byte> der,
        SigningKey key,
        [NotNullWhen(true)] out SigningAuthority? authority,
        out AuthorityFault fault)
    {
        authority = null;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            fault = Check(certificate, key, out var keyIdentifier);
            authority = fault == AuthorityFault.None ? new SigningAuthority(certificate, keyIdentifier, key) : null;
        }
        catch (CryptographicException)
        {
            fault = AuthorityFault.CertificateMalformed; // the platform decodes key and extensions only when they are looked at
        }

        return authority is not null;
    }

    /// <summary>Signs a certificate.</summary>
    /// <exception cref="ArgumentException">It was linted for another authority.</exception>
    public IssuedCertificate Sign(LintedCertificate linted)
    {
        if (!ReferenceEquals(linted.Plan.Issuer, Name))
        {
            throw new ArgumentException("linted for another authority", nameof(linted));
        }

        return Assemble(linted, _key, _signatureAlgorithm, Id);
    }

    /// <summary>Signs a root with its own key: the one signature that is made before its authority exists.</summary>
    public static IssuedCertificate SelfSign(LintedCertificate linted, SigningKey key)
    {
        if (!linted.Plan.Profile.IsSelfSigned || !key.Matches(linted.Plan.PublicKey.SubjectPublicKeyInfo.Span))
        {
            throw new ArgumentException("not a self-signed certificate of this key", nameof(linted));
        }

        var algorithm = TbsCertificateBuilder.SignatureAlgorithm(key.SignatureAlgorithm).GetDerEncoded();
        return Assemble(linted, key, algorithm, Convert.ToHexStringLower(linted.Plan.KeyIdentifier.Span));
    }

    /// <summary>Signs a root's next certificate with its own key.</summary>
    public IssuedCertificate SignAnew(LintedCertificate linted) => SelfSign(linted, _key);

    /// <summary>Checks the signature of a certificate against this authority's key.</summary>
    public bool Verifies(ReadOnlyMemory<byte> certificate) => VerifiesWith(_key, certificate);

    /// <summary>Checks the signature of a certificate against a key.</summary>
    public static bool VerifiesWith(SigningKey key, ReadOnlyMemory<byte> certificate)
    {
        var outer = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence();
        var tbs = outer.ReadEncodedValue();
        outer.ReadEncodedValue();
        return key.Verify(tbs.Span, outer.ReadBitString(out _));
    }

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();

    private static IssuedCertificate Assemble(LintedCertificate linted, SigningKey key, byte[] algorithm, string authority)
    {
        var tbs = linted.Redeem();
        var signature = key.Sign(tbs.Span);
        var writer = new AsnWriter(AsnEncodingRules.DER, tbs.Length + signature.Length + 64);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(tbs.Span);
            writer.WriteEncodedValue(algorithm);
            writer.WriteBitString(signature);
        }

        return new IssuedCertificate(writer.Encode(), linted.Plan, authority);
    }

    private static AuthorityFault Check(X509Certificate2 certificate, SigningKey key, out ReadOnlyMemory<byte> keyIdentifier)
    {
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        var identifier = certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault();
        keyIdentifier = identifier?.SubjectKeyIdentifierBytes ?? default;
        return (constraints, usage, identifier) switch
        {
            _ when !key.Matches(certificate.PublicKey.ExportSubjectPublicKeyInfo()) => AuthorityFault.KeyMismatch,
            (not { CertificateAuthority: true }, _, _) => AuthorityFault.NotAnAuthority,
            (_, { } bits, _) when !bits.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign) => AuthorityFault.MayNotSign,
            (_, _, null) => AuthorityFault.NoKeyIdentifier,
            _ when certificate.SubjectName.RawData.AsSpan().SequenceEqual(DistinguishedName.Empty.Span) => AuthorityFault.NoSubject,
            _ => AuthorityFault.None,
        };
    }
}

/// <summary>Why a certificate and a key are no signing authority.</summary>
internal enum AuthorityFault
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>The certificate is not DER, or not X.509.</summary>
    CertificateMalformed,

    /// <summary>The key is not the certificate's.</summary>
    KeyMismatch,

    /// <summary>cA is not true (RFC 5280 §4.2.1.9).</summary>
    NotAnAuthority,

    /// <summary>keyCertSign is not set (RFC 5280 §4.2.1.3).</summary>
    MayNotSign,

    /// <summary>There is no subject key identifier (RFC 5280 §4.2.1.2 MUST for authorities).</summary>
    NoKeyIdentifier,

    /// <summary>The subject is empty (RFC 5280 §4.1.2.6 MUST not be for authorities).</summary>
    NoSubject,
}
