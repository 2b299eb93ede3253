using System.IO;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Issuing;

/// <summary>What the TLS port agrees on, asked by the openssl command.</summary>
public sealed class TlsPortTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>, IDisposable
{
    private const string Request = "GET /bundle.pem HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private readonly TestMesh _mesh = fixture.Mesh;
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    // OpenSSL's sessions keep the leaf of a client's chain alone, and what was true when they began; so every connection proves itself anew.
    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task A_client_with_a_certificate_is_given_no_session_to_resume(string version)
    {
        using var key = WorkloadKey.P256();
        using var client = _mesh.Connect();
        var answer = await client.AskAsync(key.Csr(), new Ask { Token = _mesh.Home.Token("resumes") });
        await File.WriteAllTextAsync(_directory.File("leaf.pem"), answer.Elements[0], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.File("key.pem"), key.ToPem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.File("chain.pem"), answer.IntermediatesPem, TestContext.Current.CancellationToken);
        string[] identity = ["-cert", _directory.File("leaf.pem"), "-key", _directory.File("key.pem"), "-cert_chain", _directory.File("chain.pem")];

        var (code, first) = await AskAsync([version, "-sess_out", _directory.File("session"), .. identity]);
        Assert.True(code == 0 && first.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal), first);
        Assert.DoesNotContain("Session-ID-ctx:  ", first, StringComparison.Ordinal);
        Assert.DoesNotContain("TLS session ticket:", first, StringComparison.Ordinal);
        if (File.Exists(_directory.File("session")))
        {
            (code, var second) = await AskAsync([version, "-sess_in", _directory.File("session"), .. identity]);
            Assert.True(code == 0 && second.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal), second);
            Assert.DoesNotContain("Reused, ", second, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, bool> Suites() => new()
    {
        { "ECDHE-ECDSA-AES128-GCM-SHA256", true },
        { "ECDHE-ECDSA-AES256-GCM-SHA384", true },
        { "ECDHE-ECDSA-CHACHA20-POLY1305", true },
        { "ECDHE-ECDSA-AES128-SHA256", false }, // CBC
        { "ECDHE-ECDSA-AES256-SHA384", false },
        { "ECDHE-ECDSA-AES128-SHA", false },
        { "ECDHE-ECDSA-AES128-CCM", false },
        { "AES128-GCM-SHA256:AES256-SHA:AES128-SHA", false }, // key exchange by RSA
    };

    // Istio's mesh asks for ECDHE with AES-GCM alone (istio-ca §2, §6).
    [Theory, MemberData(nameof(Suites))]
    public async Task Below_tls_1_3_only_ephemeral_keys_with_authenticated_encryption_are_agreed_on(string suites, bool isTaken)
    {
        var (code, output) = await AskAsync(["-tls1_2", "-cipher", suites]);
        Assert.True((code == 0) == isTaken, output);
        Assert.Equal(isTaken, output.Contains($"Cipher is {suites}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256")]
    [InlineData("TLS_AES_256_GCM_SHA384")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256")]
    public async Task All_suites_of_tls_1_3_are_taken(string suite)
    {
        var (code, output) = await AskAsync(["-tls1_3", "-ciphersuites", suite]);
        Assert.True(code == 0 && output.Contains($"Cipher is {suite}", StringComparison.Ordinal), output);
    }

    private Task<(int Code, string Output)> AskAsync(string[] arguments) => Command.RunAsync(
        "openssl",
        Request,
        ["s_client", "-ign_eof", "-connect", $"127.0.0.1:{_mesh.Address.Port}", "-servername", "localhost", "-alpn", "http/1.1", .. arguments]);
}
