using System.Diagnostics;
using System.Formats.Asn1;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Issuance.Lints;

public sealed class LintedCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SigningAuthority _root = MeshAuthority.Root(Now);
    private readonly SigningKey _key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);

    private CertificatePlan Plan => MeshAuthority.LeafPlan(_root, _key.PublicKey, Now);

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    // Each row: the rule, and a change of the plan after the bytes were built, so that the bytes break just this rule.
    public static TheoryData<string, string> Faults() =>
    [
        new("serial_is_the_planned_one", "serial"),
        new("signature_algorithm_is_the_signers", "algorithm"),
        new("issuer_is_the_signers_subject", "issuer"),
        new("validity_is_the_planned_one", "validity"),
        new("does_not_outlive_its_signer", "outlives"),
        new("subject_is_the_planned_one", "subject"),
        new("key_is_the_requested_one", "key"),
        new("subject_key_identifier", "ski"),
        new("authority_key_identifier", "aki"),
        new("subject_alternative_name", "id"),
        new("subject_is_empty_as_the_profile_says", "authority profile"),
        new("extensions_are_the_profiles_and_no_others", "serving profile"),
    ];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Bytes_that_break_a_rule_are_never_handed_to_a_signer(string rule, string fault)
    {
        var plan = Plan;
        using var other = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var meant = fault switch
        {
            "serial" => plan with { Serial = SerialNumber.Draw() },
            "algorithm" => plan with { Issuer = plan.Issuer with { SignatureAlgorithm = Oids.EcdsaWithSha384 } },
            "issuer" => plan with { Issuer = plan.Issuer with { Subject = new byte[] { 0x30, 0x00 } } },
            "validity" => plan with { NotAfter = plan.NotAfter.AddSeconds(-1) },
            "outlives" => plan with { Issuer = plan.Issuer with { NotAfter = plan.NotAfter.AddSeconds(-1) } },
            "subject" => plan with { Subject = plan.Issuer.Subject },
            "key" => plan with { PublicKey = other.PublicKey },
            "ski" => plan with { KeyIdentifier = new byte[20] },
            "aki" => plan with { Issuer = plan.Issuer with { KeyIdentifier = new byte[20] } },
            "id" => plan with { SpiffeId = SpiffeId.Parse("spiffe://cluster.local/ns/default/sa/other") },
            "authority profile" => plan with { Profile = CertificateProfile.Intermediate },
            "serving profile" => plan with { Profile = CertificateProfile.Serving, DnsNames = ["localhost"] },
            _ => throw new UnreachableException(),
        };
        Assert.False(LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), meant, out var linted, out var broken));
        Assert.Null(linted);
        Assert.Equal(fault == "serving profile" ? broken : rule, broken);
    }

    [Fact]
    public void A_leaf_for_the_trust_domain_itself_is_refused()
    {
        // X509-SVID §4: a leaf's SPIFFE ID has a path.
        var plan = Plan with { SpiffeId = MeshAuthority.TrustDomain.Id };
        Assert.False(LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out _, out var broken));
        Assert.Equal("subject_alternative_name", broken);
    }

    [Fact]
    public void Any_single_changed_byte_is_noticed()
    {
        var plan = Plan;
        var tbs = TbsCertificateBuilder.Build(plan);
        Assert.True(LintedCertificate.TryLint(tbs, plan, out _, out _));
        for (var i = 0; i < tbs.Length; i++)
        {
            var changed = (byte[])tbs.Clone();
            changed[i] ^= 0x01;
            Assert.False(LintedCertificate.TryLint(changed, plan, out _, out _), $"byte {i} was changed unnoticed");
        }
    }

    [Fact]
    public void Bytes_after_the_end_are_refused()
    {
        var plan = Plan;
        byte[] tbs = [.. TbsCertificateBuilder.Build(plan), 0];
        Assert.False(LintedCertificate.TryLint(tbs, plan, out _, out var broken));
        Assert.Equal("is_der", broken);
    }

    [Fact]
    public void An_extra_extension_is_refused()
    {
        var plan = Plan;
        var tbs = AddExtension(TbsCertificateBuilder.Build(plan), "1.2.3.4");
        Assert.False(LintedCertificate.TryLint(tbs, plan, out _, out var broken));
        Assert.Equal("extensions_are_the_profiles_and_no_others", broken);
    }

    [Fact]
    public void One_lint_allows_one_signature()
    {
        var plan = Plan;
        Assert.True(LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out _));
        _root.Sign(linted);
        Assert.Throws<InvalidOperationException>(() => _root.Sign(linted));
    }

    [Fact]
    public void What_was_linted_for_one_authority_no_other_signs()
    {
        using var other = MeshAuthority.Root(Now);
        var plan = Plan;
        Assert.True(LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out _));
        Assert.Throws<ArgumentException>(() => other.Sign(linted));
    }

    [Fact]
    public void Every_lint_cites_its_clause_and_has_a_name_of_its_own()
    {
        Assert.All(CertificateLints.All, lint => Assert.NotEmpty(lint.Clause));
        Assert.Equal(CertificateLints.All.Count, CertificateLints.All.Select(lint => lint.Name).Distinct().Count());
    }

    private static byte[] AddExtension(byte[] tbs, string oid)
    {
        var reader = new AsnReader(tbs, AsnEncodingRules.DER).ReadSequence();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        var extensionsTag = new Asn1Tag(TagClass.ContextSpecific, 3);
        using (writer.PushSequence())
        {
            while (reader.HasData && !reader.PeekTag().HasSameClassAndValue(extensionsTag))
            {
                writer.WriteEncodedValue(reader.ReadEncodedValue().Span);
            }

            var extensions = reader.ReadSequence(extensionsTag).ReadSequence();
            using (writer.PushSequence(extensionsTag))
            using (writer.PushSequence())
            {
                while (extensions.HasData)
                {
                    writer.WriteEncodedValue(extensions.ReadEncodedValue().Span);
                }

                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(oid);
                    writer.WriteOctetString([0x05, 0x00]);
                }
            }
        }

        return writer.Encode();
    }
}
