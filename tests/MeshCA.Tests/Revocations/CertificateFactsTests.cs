using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Revocations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Revocations;

public sealed class CertificateFactsTests
{
    [Fact]
    public void The_facts_are_the_certificates()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var root = MeshAuthority.Root(now);
        using var key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var plan = MeshAuthority.LeafPlan(root, key.PublicKey, now);
        Assert.True(MeshCA.Issuance.Lints.LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out _));

        Assert.True(CertificateFacts.TryRead(root.Sign(linted).Der, out var facts));
        Assert.Equal(new CertificateFacts(plan.Serial, key.PublicKey.Fingerprint, root.Id), facts);
    }

    [Fact]
    public void One_without_an_authority_key_identifier_names_none()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        Assert.True(CertificateFacts.TryRead(certificate.RawData, out var facts));
        Assert.Equal("", facts.Authority);
    }

    [Fact]
    public void What_is_no_certificate_is_refused_and_never_throws()
    {
        using var root = MeshAuthority.Root(DateTimeOffset.UnixEpoch.AddYears(50));
        var bytes = root.Certificate.ToArray();
        for (var i = 0; i < bytes.Length; i++)
        {
            Assert.False(CertificateFacts.TryRead(bytes.AsMemory(0, i), out _));
            foreach (var value in (byte[])[0x00, 0x30, 0x80, 0xFF])
            {
                var changed = bytes.ToArray();
                changed[i] = value;
                _ = CertificateFacts.TryRead(changed, out _);
            }
        }
    }
}
