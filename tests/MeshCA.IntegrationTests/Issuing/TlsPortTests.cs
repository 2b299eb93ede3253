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

    // OpenSSL's sessions keep the leaf of a client's chain alone; the intermediates are ours, so it is judged by those that are known here.
    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task A_client_with_a_certificate_may_resume_its_session(string version)
    {
        using var key = WorkloadKey.P256();
        using var client = _mesh.Connect();
        var answer = await client.AskAsync(key.Csr(), new Ask { Token = _mesh.Home.Token("resumes") });
        await File.WriteAllTextAsync(_directory.File("leaf.pem"), answer.Elements[0], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.File("key.pem"), key.ToPem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.File("chain.pem"), answer.IntermediatesPem, TestContext.Current.CancellationToken);
        string[] identity = ["-cert", _directory.File("leaf.pem"), "-key", _directory.File("key.pem"), "-cert_chain", _directory.File("chain.pem")];

        var first = await AskAsync([version, "-sess_out", _directory.File("session"), .. identity]);
        Assert.Contains("New, TLS", first, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200", first, StringComparison.Ordinal);

        var second = await AskAsync([version, "-sess_in", _directory.File("session"), .. identity]);
        Assert.Contains("Reused, TLS", second, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200", second, StringComparison.Ordinal);
    }

    public static TheoryData<string, bool> Suites() => new()
    {
        { "ECDHE-ECDSA-AES128-GCM-SHA256", true },
        { "ECDHE-ECDSA-AES256-GCM-SHA384", true },
        { "ECDHE-ECDSA-AES128-SHA256", true }, // CBC
        { "ECDHE-ECDSA-AES256-SHA384", true },
        { "ECDHE-ECDSA-CHACHA20-POLY1305", false },
        { "ECDHE-ECDSA-AES128-SHA", false },
        { "ECDHE-ECDSA-AES128-CCM", false },
        { "AES128-GCM-SHA256:AES256-SHA:AES128-SHA", false }, // key exchange by RSA
    };

    // The platform's list. What Istio's proxies offer, ECDHE with AES-GCM, is its first choice (istio-ca §6).
    [Theory, MemberData(nameof(Suites))]
    public async Task Below_tls_1_3_only_suites_with_ephemeral_keys_are_agreed_on(string suites, bool isTaken)
    {
        var output = await AskAsync(["-tls1_2", "-cipher", suites]);
        Assert.Equal(isTaken, output.Contains("HTTP/1.1 200", StringComparison.Ordinal));
        Assert.Contains($"Cipher is {(isTaken ? suites : "(NONE)")}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256")]
    [InlineData("TLS_AES_256_GCM_SHA384")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256")]
    public async Task All_suites_of_tls_1_3_are_taken(string suite)
    {
        var output = await AskAsync(["-tls1_3", "-ciphersuites", suite]);
        Assert.Contains($"Cipher is {suite}", output, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200", output, StringComparison.Ordinal);
    }

    // What it ends with says nothing: the platform ends connections without the alert that OpenSSL waits for.
    private async Task<string> AskAsync(string[] arguments) => (await Command.RunAsync(
        "openssl",
        Request,
        ["s_client", "-ign_eof", "-connect", $"127.0.0.1:{_mesh.Address.Port}", "-servername", "localhost", "-alpn", "http/1.1", .. arguments])).Output;
}
