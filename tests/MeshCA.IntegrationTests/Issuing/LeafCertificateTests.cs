using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Issuing;

/// <summary>The bytes of a leaf, field by field against the profile of the issue (appendix B item 2).</summary>
public sealed class LeafCertificateTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private readonly TestMesh _mesh = fixture.Mesh;

    [Fact]
    public async Task The_serial_is_positive_random_and_of_at_most_128_bits()
    {
        var serials = new List<byte[]>();
        for (var i = 0; i < 8; i++)
        {
            serials.Add((await AskAsync(WorkloadKey.P256())).Leaf.SerialNumberBytes.ToArray());
        }

        Assert.All(serials, serial => Assert.InRange(serial.SkipWhile(octet => octet == 0).Count(), 9, 16));
        Assert.All(serials, serial => Assert.True(serial[0] < 0x80, "a negative INTEGER"));
        Assert.Equal(serials.Count, serials.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public async Task Validity_begins_two_minutes_ago_and_lasts_a_day_from_now()
    {
        var before = _mesh.Home.Clock.GetUtcNow().AddSeconds(-1);
        var answer = await AskAsync(WorkloadKey.P256());
        var after = _mesh.Home.Clock.GetUtcNow();
        Assert.InRange(answer.NotBefore, before.AddMinutes(-2), after.AddMinutes(-2));
        Assert.Equal(TimeSpan.FromHours(24) + TimeSpan.FromMinutes(2), answer.NotAfter - answer.NotBefore);
    }

    [Fact]
    public async Task The_subject_is_empty()
    {
        var answer = await AskAsync(WorkloadKey.P256());
        Assert.Equal([0x30, 0x00], answer.Leaf.SubjectName.RawData);
    }

    [Fact]
    public async Task The_only_name_is_the_identity_as_one_uri_in_a_critical_extension()
    {
        var names = Extension(await AskAsync(WorkloadKey.P256()), "2.5.29.17");
        Assert.True(names.Critical);
        Assert.Equal(UriNames("spiffe://cluster.local/ns/shop/sa/cart"), names.RawData);
    }

    [Theory]
    [InlineData("P-256", "03020780")]
    [InlineData("P-384", "03020780")]
    [InlineData("RSA", "030205A0")]
    public async Task Key_usage_is_critical_and_allows_encipherment_to_rsa_only(string algorithm, string value)
    {
        var usage = Extension(await AskAsync(KeyOf(algorithm)), "2.5.29.15");
        Assert.True(usage.Critical);
        Assert.Equal(value, Convert.ToHexString(usage.RawData));
    }

    [Fact]
    public async Task Extended_key_usage_is_server_then_client_and_not_critical()
    {
        var usage = Extension(await AskAsync(WorkloadKey.P256()), "2.5.29.37");
        Assert.False(usage.Critical);
        Assert.Equal("301406082B0601050507030106082B06010505070302", Convert.ToHexString(usage.RawData));
    }

    [Fact]
    public async Task Basic_constraints_are_critical_and_say_no_authority()
    {
        var constraints = Extension(await AskAsync(WorkloadKey.P256()), "2.5.29.19");
        Assert.True(constraints.Critical);
        Assert.Equal("3000", Convert.ToHexString(constraints.RawData));
    }

    [Fact]
    public async Task The_authority_key_identifier_is_the_signers_subject_key_identifier()
    {
        var answer = await AskAsync(WorkloadKey.P256());
        var signer = answer.Middle[0].Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single();
        var authority = answer.Leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single();
        Assert.False(authority.Critical);
        Assert.Equal(signer.SubjectKeyIdentifierBytes.ToArray(), authority.KeyIdentifier!.Value.ToArray());
    }

    [Fact]
    public async Task The_subject_key_identifier_is_there_and_not_critical()
    {
        var identifier = Extension(await AskAsync(WorkloadKey.P256()), "2.5.29.14");
        Assert.False(identifier.Critical);
        Assert.Equal(22, identifier.RawData.Length);
    }

    [Fact]
    public async Task There_is_no_extension_beside_those_of_the_profile()
    {
        var answer = await AskAsync(WorkloadKey.P256());
        var oids = answer.Leaf.Extensions.Select(extension => extension.Oid!.Value!).Order();
        Assert.Equal(["2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.35", "2.5.29.37"], oids);
        Assert.Equal(3, answer.Leaf.Version);
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("RSA")]
    public async Task The_leaf_certifies_the_key_of_the_csr(string algorithm)
    {
        using var key = KeyOf(algorithm);
        var answer = await AskAsync(key);
        Assert.Equal(key.PublicKey.ExportSubjectPublicKeyInfo(), answer.Leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal("1.2.840.10045.4.3.2", answer.Leaf.SignatureAlgorithm.Value);
    }

    [Fact]
    public async Task The_authorities_have_names_and_path_lengths_of_their_profile()
    {
        var answer = await AskAsync(WorkloadKey.P256());
        var root = answer.Bundle[0];
        Assert.Contains("O=cluster.local", root.Subject, StringComparison.Ordinal);
        Assert.Contains("CN=", answer.Middle[0].Subject, StringComparison.Ordinal);
        Assert.NotEqual(root.Subject, answer.Middle[0].Subject);
        Assert.Equal(2, Constraints(root).PathLengthConstraint);
        Assert.Equal(0, Constraints(answer.Middle[0]).PathLengthConstraint);
        Assert.All([root, answer.Middle[0]], authority =>
        {
            Assert.True(Constraints(authority).Critical && Constraints(authority).CertificateAuthority);
            Assert.Equal(
                X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
                authority.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        });
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("RSA")]
    public async Task Openssl_verifies_the_leaf_strictly_for_both_roles(string algorithm)
    {
        using var directory = new TemporaryDirectory();
        var answer = await AskAsync(KeyOf(algorithm));
        await System.IO.File.WriteAllTextAsync(directory.File("leaf.pem"), answer.Elements[0]);
        await System.IO.File.WriteAllTextAsync(directory.File("chain.pem"), answer.IntermediatesPem);
        await System.IO.File.WriteAllTextAsync(directory.File("bundle.pem"), answer.Elements[^1]);
        foreach (var purpose in (string[])["sslserver", "sslclient"])
        {
            var output = await OpenSsl.RunAsync(
                "verify", "-x509_strict", "-purpose", purpose, "-CAfile", directory.File("bundle.pem"),
                "-untrusted", directory.File("chain.pem"), directory.File("leaf.pem"));
            Assert.Contains("leaf.pem: OK", output, StringComparison.Ordinal);
        }
    }

    private static WorkloadKey KeyOf(string algorithm) => algorithm switch
    {
        "P-256" => WorkloadKey.P256(),
        "P-384" => WorkloadKey.P384(),
        _ => WorkloadKey.Rsa(),
    };

    private static X509Extension Extension(CsrAnswer answer, string oid) =>
        Assert.Single(answer.Leaf.Extensions, extension => extension.Oid?.Value == oid);

    private static X509BasicConstraintsExtension Constraints(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();

    private static byte[] UriNames(string uri)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteOctetString(Encoding.ASCII.GetBytes(uri), new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return writer.Encode();
    }

    private async Task<CsrAnswer> AskAsync(WorkloadKey key)
    {
        using var client = _mesh.Connect();
        return await client.AskAsync(key.Csr(), new Ask { Token = _mesh.Home.Token() });
    }
}
