using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Issuing;

/// <summary>Which requests are certified, and what of them counts (appendix B item 4).</summary>
public sealed class CsrRulesTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private readonly TestMesh _mesh = fixture.Mesh;

    [Fact]
    public async Task The_subject_of_pilot_agent_is_accepted() => await AcceptsAsync(key => key.Csr(WorkloadKey.PilotAgentSubject));

    [Fact]
    public async Task The_empty_subject_of_ztunnel_is_accepted() => await AcceptsAsync(key => key.Csr(WorkloadKey.NoSubject));

    [Fact]
    public async Task A_common_name_is_ignored() => await AcceptsAsync(key => key.Csr(new X500DistinguishedName("CN=admin")));

    [Fact]
    public async Task Names_in_the_request_are_ignored()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("spiffe://cluster.local/ns/kube-system/sa/admin"));
        names.AddDnsName("istiod.istio-system.svc");
        await AcceptsAsync(key => key.Csr(null, names.Build(critical: true), new X509BasicConstraintsExtension(true, false, 0, true)));
    }

    [Fact]
    public async Task A_second_pem_block_is_ignored()
    {
        using var other = WorkloadKey.P256();
        await AcceptsAsync(key => key.Csr() + other.Csr());
    }

    [Fact]
    public async Task Lines_may_end_in_carriage_return_and_line_feed() =>
        await AcceptsAsync(key => key.Csr().Replace("\n", "\r\n", StringComparison.Ordinal));

    [Fact]
    public async Task The_label_of_old_tools_is_accepted() =>
        await AcceptsAsync(key => key.Csr().Replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", StringComparison.Ordinal));

    [Theory]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha1", "SHA-1")]
    [InlineData("-newkey rsa:2048 -md5", "MD5")]
    [InlineData("-newkey rsa:1024", "too short")]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-521", "P-521")]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-224", "P-224")]
    [InlineData("-newkey ed25519", "Ed25519")]
    public async Task What_the_key_policy_forbids_is_refused_with_the_rule(string arguments, string rule) =>
        await RefusesAsync(await OpenSsl.CsrAsync(arguments), rule);

    [Fact]
    public async Task A_signature_that_does_not_verify_is_refused()
    {
        using var key = WorkloadKey.P256();
        await RefusesAsync(BreakSignature(key.Csr()), "possession");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("not PEM at all", "no PEM")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "PKCS#10")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "label")]
    public async Task What_is_no_request_is_refused_with_the_rule(string csr, string rule) => await RefusesAsync(csr, rule);

    [Theory]
    [InlineData(64 * 1024, false)]
    [InlineData((64 * 1024) + 1, true)]
    public async Task A_request_is_as_long_as_the_limit_at_most(int length, bool refused)
    {
        using var key = WorkloadKey.P256();
        var csr = key.Csr();
        csr += new string('\n', length - csr.Length);
        using var client = _mesh.Connect();
        var code = await client.CodeOfAsync(csr, new Ask { Token = _mesh.Home.Token() });
        Assert.Equal(refused ? StatusCode.InvalidArgument : StatusCode.OK, code);
    }

    [Theory]
    [InlineData(256 << 10)]
    [InlineData(5 << 20)]
    public async Task A_message_above_the_limit_is_resource_exhausted(int length)
    {
        using var client = _mesh.Connect();
        var status = await client.RefusalOfAsync(new string('A', length), new Ask { Token = _mesh.Home.Token() });
        Assert.Equal(StatusCode.ResourceExhausted, status.StatusCode);
    }

    [Fact]
    public async Task A_connection_goes_on_after_a_message_above_the_limit()
    {
        using var client = _mesh.Connect();
        await client.RefusalOfAsync(new string('A', 1 << 20), new Ask { Token = _mesh.Home.Token() });
        await client.AskAsync(_mesh.Home.Token());
        Assert.Equal(1, client.Handshakes);
    }

    private static string BreakSignature(string csr)
    {
        var fields = System.Security.Cryptography.PemEncoding.Find(csr);
        var der = Convert.FromBase64String(csr[fields.Base64Data]);
        der[^1] ^= 1;
        return System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE REQUEST", der) + "\n";
    }

    private async Task AcceptsAsync(Func<WorkloadKey, string> csr)
    {
        using var client = _mesh.Connect();
        using var key = WorkloadKey.P256();
        var answer = await client.AskAsync(csr(key), new Ask { Token = _mesh.Home.Token() });
        Assert.Equal(key.PublicKey.ExportSubjectPublicKeyInfo(), answer.Leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal("", answer.Leaf.Subject);
        var names = Assert.Single(answer.Leaf.Extensions, extension => extension.Oid?.Value == "2.5.29.17");
        Assert.EndsWith("spiffe://cluster.local/ns/shop/sa/cart", System.Text.Encoding.ASCII.GetString(names.RawData), StringComparison.Ordinal);
        Assert.False(answer.Leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
    }

    private async Task RefusesAsync(string csr, string rule)
    {
        using var client = _mesh.Connect();
        var status = await client.RefusalOfAsync(csr, new Ask { Token = _mesh.Home.Token() });
        Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
        Assert.StartsWith("CSR signing error", status.Detail, StringComparison.Ordinal);
        Assert.Contains(rule, status.Detail, StringComparison.Ordinal);
    }
}
