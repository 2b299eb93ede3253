using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using MeshCA.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;
using PlatformSubjectPublicKey = MeshCA.Cryptography.SubjectPublicKey;

namespace MeshCA.Issuance;

/// <summary>Writes the to-be-signed bytes of a planned certificate, RFC 5280 §4.1.2.</summary>
/// <remarks>
/// BouncyCastle builds; what it built is read back by another parser in <see cref="Lints.LintedCertificate"/>. All it is
/// given are values this process made or has already checked.
/// </remarks>
internal static class TbsCertificateBuilder
{
    private const int UriName = GeneralName.UniformResourceIdentifier;
    private const int DnsName = GeneralName.DnsName;

    private static readonly DerObjectIdentifier KeyUsageId = new(Oids.KeyUsage);
    private static readonly DerObjectIdentifier ExtendedKeyUsageId = new(Oids.ExtendedKeyUsage);
    private static readonly DerObjectIdentifier BasicConstraintsId = new(Oids.BasicConstraints);
    private static readonly DerObjectIdentifier SubjectKeyIdentifierId = new(Oids.SubjectKeyIdentifier);
    private static readonly DerObjectIdentifier AuthorityKeyIdentifierId = new(Oids.AuthorityKeyIdentifier);
    private static readonly DerObjectIdentifier SubjectAlternativeNameId = new(Oids.SubjectAlternativeName);

    private static readonly DerObjectIdentifier DistributionPointsId = new(Oids.CrlDistributionPoints);

    private static readonly AlgorithmIdentifier P256 =
        new(new DerObjectIdentifier(Oids.EcPublicKey), new DerObjectIdentifier(Oids.Secp256r1));

    private static readonly AlgorithmIdentifier P384 =
        new(new DerObjectIdentifier(Oids.EcPublicKey), new DerObjectIdentifier(Oids.Secp384r1));

    private static readonly AlgorithmIdentifier Rsa = new(new DerObjectIdentifier(Oids.RsaEncryption), DerNull.Instance);

    private static readonly byte[] EndEntity = new BasicConstraints(false).GetDerEncoded();
    private static readonly X509Name NoName = Name(DistinguishedName.Empty);

    private static readonly FrozenDictionary<KeyUsages, byte[]> KeyUsageValues = CertificateProfile.All
        .SelectMany(profile => Enum.GetValues<KeyAlgorithm>().Select(profile.KeyUsagesFor))
        .Distinct()
        .ToFrozenDictionary(usages => usages, usages => new Org.BouncyCastle.Asn1.X509.KeyUsage((int)usages).GetDerEncoded());

    private static readonly FrozenDictionary<CertificateKind, byte[]> ExtendedKeyUsageValues = CertificateProfile.All
        .ToFrozenDictionary(
            profile => profile.Kind,
            profile => new DerSequence([.. profile.ExtendedKeyUsages.Select(oid => new DerObjectIdentifier(oid))]).GetDerEncoded());

    // What one signer's certificates all say; kept by reference, so that it goes with the signer.
    private static readonly ConditionalWeakTable<IssuerName, IssuerFields> Issuers = [];

    /// <summary>Writes the bytes.</summary>
    public static byte[] Build(CertificatePlan plan)
    {
        var generator = new V3TbsCertificateGenerator();
        generator.SetSerialNumber(new DerInteger(new BigInteger(1, plan.Serial.ToByteArray())));
        var issuer = Issuers.GetValue(plan.Issuer, IssuerFields.Of);
        generator.SetSignature(issuer.SignatureAlgorithm);
        generator.SetIssuer(issuer.Name);
        generator.SetStartDate(new Time(plan.NotBefore.UtcDateTime));
        generator.SetEndDate(new Time(plan.NotAfter.UtcDateTime));
        generator.SetSubject(plan.Profile.SubjectIsEmpty ? NoName : Name(plan.Subject));
        generator.SetSubjectPublicKeyInfo(KeyInfo(plan.PublicKey));
        generator.SetExtensions(Extensions(plan, issuer));
        return generator.GenerateTbsCertificate().GetDerEncoded();
    }

    /// <summary>The AlgorithmIdentifier of a signature: RFC 5758 §3.2 MUST omit the parameters, RFC 4055 §5 MUST have NULL.</summary>
    public static AlgorithmIdentifier SignatureAlgorithm(string oid) =>
        oid is Oids.Sha256WithRsaEncryption
            ? new AlgorithmIdentifier(new DerObjectIdentifier(oid), DerNull.Instance)
            : new AlgorithmIdentifier(new DerObjectIdentifier(oid));

    private static X509Extensions Extensions(CertificatePlan plan, IssuerFields issuer)
    {
        var profile = plan.Profile;
        var extensions = new X509ExtensionsGenerator();
        extensions.AddExtension(KeyUsageId, true, KeyUsageValues[profile.KeyUsagesFor(plan.PublicKey.Algorithm)]);
        if (profile.ExtendedKeyUsages.Count > 0)
        {
            extensions.AddExtension(ExtendedKeyUsageId, false, ExtendedKeyUsageValues[profile.Kind]);
        }

        extensions.AddExtension(
            BasicConstraintsId,
            true,
            profile.IsAuthority ? new BasicConstraints(profile.PathLength).GetDerEncoded() : EndEntity);
        extensions.AddExtension(
            SubjectKeyIdentifierId, false, new DerOctetString(plan.KeyIdentifier.ToArray()).GetDerEncoded());
        if (!profile.IsSelfSigned)
        {
            extensions.AddExtension(AuthorityKeyIdentifierId, false, issuer.KeyIdentifier);
        }

        if (profile.Names != NameForm.None)
        {
            extensions.AddExtension(SubjectAlternativeNameId, profile.SubjectIsEmpty, Names(plan));
        }

        if (plan.DistributionPoint is { } place)
        {
            extensions.AddExtension(DistributionPointsId, false, Place(place));
        }

        return extensions.Generate();
    }

    private static byte[] Place(string url)
    {
        var name = new DistributionPointName(new GeneralNames(new GeneralName(UriName, url)));
        return new CrlDistPoint([new Org.BouncyCastle.Asn1.X509.DistributionPoint(name, null, null)]).GetDerEncoded();
    }

    private static byte[] Names(CertificatePlan plan)
    {
        var names = plan.DnsNames.Select(name => new GeneralName(DnsName, name));
        return new GeneralNames(plan.SpiffeId is { } id ? [new GeneralName(UriName, id.ToString()), .. names] : [.. names]).GetDerEncoded();
    }

    private static SubjectPublicKeyInfo KeyInfo(PlatformSubjectPublicKey key) => new(
        key.Algorithm switch
        {
            KeyAlgorithm.EcdsaP256 => P256,
            KeyAlgorithm.EcdsaP384 => P384,
            _ => Rsa,
        },
        key.KeyBits.ToArray());

    private static X509Name Name(ReadOnlyMemory<byte> der) => X509Name.GetInstance(Asn1Object.FromByteArray(der.ToArray()));

    private sealed record IssuerFields(X509Name Name, AlgorithmIdentifier SignatureAlgorithm, byte[] KeyIdentifier)
    {
        public static IssuerFields Of(IssuerName issuer) => new(
            TbsCertificateBuilder.Name(issuer.Subject),
            TbsCertificateBuilder.SignatureAlgorithm(issuer.SignatureAlgorithm),
            new AuthorityKeyIdentifier(issuer.KeyIdentifier.ToArray()).GetDerEncoded());
    }
}
