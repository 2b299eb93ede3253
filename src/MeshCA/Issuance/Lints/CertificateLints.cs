using System.Formats.Asn1;
using System.Numerics;
using System.Text;
using MeshCA.Cryptography;

namespace MeshCA.Issuance.Lints;

/// <summary>The rules, one row each. All of them look at the exact bytes that will be signed.</summary>
internal static class CertificateLints
{
    private const int MaxSerialOctets = 20;

    // RFC 5280 §4.2.1.6: dNSName [2], uniformResourceIdentifier [6].
    private const int Dns = 2;
    private const int Uri = 6;

    /// <summary>Every rule.</summary>
    public static readonly IReadOnlyList<Lint> All =
    [
        new("version_is_3", "RFC 5280 §4.1.2.1", (tbs, _) => tbs.Version == 2),
        new("serial_is_positive_and_short", "RFC 5280 §4.1.2.2",
            (tbs, _) => tbs.Serial.Sign > 0 && tbs.Serial.GetByteCount() <= MaxSerialOctets),
        new("serial_is_the_planned_one", "house rule",
            (tbs, plan) => tbs.Serial == new BigInteger(plan.Serial.ToByteArray(), isUnsigned: true, isBigEndian: true)),
        new("signature_algorithm_is_the_signers", "RFC 5280 §4.1.1.2",
            (tbs, plan) => AlgorithmOf(tbs.SignatureAlgorithm) == plan.Issuer.SignatureAlgorithm),
        new("issuer_is_the_signers_subject", "RFC 5280 §4.1.2.4",
            (tbs, plan) => tbs.Issuer.Span.SequenceEqual(plan.Issuer.Subject.Span)),
        new("issuer_is_not_empty", "RFC 5280 §4.1.2.4",
            (tbs, _) => !tbs.Issuer.Span.SequenceEqual(DistinguishedName.Empty.Span)),
        new("validity_is_the_planned_one", "RFC 5280 §4.1.2.5",
            (tbs, plan) => tbs.NotBefore == plan.NotBefore && tbs.NotAfter == plan.NotAfter && tbs.NotBefore < tbs.NotAfter),
        new("does_not_outlive_its_signer", "istio-ca §3.2", (tbs, plan) => tbs.NotAfter <= plan.Issuer.NotAfter),
        new("subject_is_the_planned_one", "RFC 5280 §4.1.2.6",
            (tbs, plan) => tbs.Subject.Span.SequenceEqual(plan.Subject.Span)),
        new("subject_is_empty_as_the_profile_says", "RFC 5280 §4.1.2.6",
            (tbs, plan) => tbs.Subject.Span.SequenceEqual(DistinguishedName.Empty.Span) == plan.Profile.SubjectIsEmpty),
        new("key_is_the_requested_one", "RFC 5280 §4.1.2.7",
            (tbs, plan) => tbs.SubjectPublicKeyInfo.Span.SequenceEqual(plan.PublicKey.SubjectPublicKeyInfo.Span)),
        new("extensions_are_the_profiles_and_no_others", "RFC 5280 §4.2 MUST NOT repeat", HasExactlyTheExtensions),
        new("key_usage", "RFC 5280 §4.2.1.3, X509-SVID §4.3", HasKeyUsage),
        new("basic_constraints", "RFC 5280 §4.2.1.9, X509-SVID §4.1", HasBasicConstraints),
        new("extended_key_usage", "RFC 5280 §4.2.1.12, X509-SVID §4.4", HasExtendedKeyUsage),
        new("subject_key_identifier", "RFC 5280 §4.2.1.2", HasSubjectKeyIdentifier),
        new("authority_key_identifier", "RFC 5280 §4.2.1.1", HasAuthorityKeyIdentifier),
        new("subject_alternative_name", "RFC 5280 §4.2.1.6, X509-SVID §2", HasNames),
        new("crl_distribution_point", "RFC 5280 §4.2.1.13", HasDistributionPoint),
    ];

    private static bool HasExactlyTheExtensions(TbsCertificate tbs, CertificatePlan plan)
    {
        var profile = plan.Profile;
        List<(string Oid, bool Critical)> expected =
        [
            (Oids.KeyUsage, true),
            (Oids.BasicConstraints, true),
            (Oids.SubjectKeyIdentifier, false),
        ];
        if (profile.ExtendedKeyUsages.Count > 0)
        {
            expected.Add((Oids.ExtendedKeyUsage, false));
        }

        if (!profile.IsSelfSigned)
        {
            expected.Add((Oids.AuthorityKeyIdentifier, false));
        }

        if (profile.Names != NameForm.None)
        {
            expected.Add((Oids.SubjectAlternativeName, profile.SubjectIsEmpty));
        }

        if (plan.DistributionPoint is not null)
        {
            expected.Add((Oids.CrlDistributionPoints, false));
        }

        // Equal counts and each expected one present: so none repeats and none is extra.
        return tbs.Extensions.Count == expected.Count
            && expected.TrueForAll(e => tbs.Extensions.Any(x => x.Oid == e.Oid && x.Critical == e.Critical));
    }

    private static bool HasKeyUsage(TbsCertificate tbs, CertificatePlan plan) =>
        Reads(tbs, Oids.KeyUsage, reader =>
            reader.TryReadPrimitiveBitString(out var unused, out var bits)
            && bits.Length == 1

            // X.690 §11.2.2: DER drops the trailing zero bits of a named bit list.
            && unused == BitOperations.TrailingZeroCount(bits.Span[0])
            && bits.Span[0] == (byte)plan.Profile.KeyUsagesFor(plan.PublicKey.Algorithm));

    private static bool HasBasicConstraints(TbsCertificate tbs, CertificatePlan plan) =>
        Reads(tbs, Oids.BasicConstraints, reader =>
        {
            var content = reader.ReadSequence();
            if (!plan.Profile.IsAuthority)
            {
                return !content.HasData;
            }

            var holds = content.ReadBoolean() && content.ReadInteger() == plan.Profile.PathLength;
            content.ThrowIfNotEmpty();
            return holds;
        });

    private static bool HasExtendedKeyUsage(TbsCertificate tbs, CertificatePlan plan) =>
        plan.Profile.ExtendedKeyUsages.Count == 0
        || Reads(tbs, Oids.ExtendedKeyUsage, reader =>
        {
            var content = reader.ReadSequence();
            foreach (var oid in plan.Profile.ExtendedKeyUsages)
            {
                if (!content.HasData || content.ReadObjectIdentifier() != oid)
                {
                    return false;
                }
            }

            return !content.HasData;
        });

    private static bool HasSubjectKeyIdentifier(TbsCertificate tbs, CertificatePlan plan) =>
        Reads(tbs, Oids.SubjectKeyIdentifier, reader =>
            reader.TryReadPrimitiveOctetString(out var identifier)
            && !identifier.IsEmpty
            && identifier.Span.SequenceEqual(plan.KeyIdentifier.Span));

    private static bool HasAuthorityKeyIdentifier(TbsCertificate tbs, CertificatePlan plan) =>
        plan.Profile.IsSelfSigned
        || Reads(tbs, Oids.AuthorityKeyIdentifier, reader =>
        {
            var content = reader.ReadSequence();
            var identifier = content.ReadOctetString(new Asn1Tag(TagClass.ContextSpecific, 0));
            content.ThrowIfNotEmpty();
            return identifier.AsSpan().SequenceEqual(plan.Issuer.KeyIdentifier.Span);
        });

    private static bool HasNames(TbsCertificate tbs, CertificatePlan plan) => plan.Profile.Names switch
    {
        NameForm.OneSpiffeId => plan.SpiffeId is { IsTrustDomainId: false } id
            && Reads(tbs, Oids.SubjectAlternativeName, reader => NamesAre(reader, [(Uri, id.ToString()), .. DnsNames(plan)])),
        NameForm.DnsNames => plan.DnsNames.Count > 0
            && Reads(tbs, Oids.SubjectAlternativeName, reader => NamesAre(reader, [.. DnsNames(plan)])),
        _ => true,
    };

    private static IEnumerable<(int Tag, string Name)> DnsNames(CertificatePlan plan) => plan.DnsNames.Select(name => (Dns, name));

    // SEQUENCE OF SEQUENCE { [0] { [0] { [6] URI } } }: one place, with all reasons and by the signer itself.
    private static bool HasDistributionPoint(TbsCertificate tbs, CertificatePlan plan) =>
        plan.DistributionPoint is not { } url
        || (plan.Profile.MayNameList && Reads(tbs, Oids.CrlDistributionPoints, reader =>
        {
            var points = reader.ReadSequence();
            var point = points.ReadSequence();
            points.ThrowIfNotEmpty();
            var name = point.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
            point.ThrowIfNotEmpty();
            var full = name.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
            name.ThrowIfNotEmpty();
            var holds = full.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, 6)) == url;
            full.ThrowIfNotEmpty();
            return holds;
        }));

    private static bool NamesAre(AsnReader reader, IReadOnlyList<(int Tag, string Name)> expected)
    {
        var content = reader.ReadSequence();
        foreach (var (tag, name) in expected)
        {
            if (!content.HasData
                || content.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, tag)) != name
                || !Ascii.IsValid(name))
            {
                return false;
            }
        }

        return !content.HasData;
    }

    private static string AlgorithmOf(ReadOnlyMemory<byte> algorithmIdentifier) =>
        new AsnReader(algorithmIdentifier, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier();

    private static bool Reads(TbsCertificate tbs, string oid, Func<AsnReader, bool> holds)
    {
        foreach (var extension in tbs.Extensions)
        {
            if (extension.Oid == oid)
            {
                var reader = new AsnReader(extension.Value, AsnEncodingRules.DER);
                return holds(reader) && !reader.HasData;
            }
        }

        return false;
    }
}
