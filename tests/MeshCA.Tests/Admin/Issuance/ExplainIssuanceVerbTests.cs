using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Admin;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin.Issuance;

[Collection(RunningMeshCollection.Name)]
public sealed class ExplainIssuanceVerbTests(RunningMesh mesh) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_would_be_issued_is_told_to_people()
    {
        var token = await mesh.TokenFileAsync("web", "--namespace", "shop", "--pod", "web-0");
        var answer = (await ExplainAsync(token)).Ends(ExitCode.Ok);
        Assert.All(
            [
                "ISSUED", "token       accepted by jwt:dev", "identity    spiffe://cluster.local/ns/shop/sa/web, cluster Kubernetes, pod web-0",
                "rule        default matches, and decides", "subject     (empty)", "names       URI:spiffe://cluster.local/ns/shop/sa/web",
                "key         EcdsaP256, 256 bits", "chance ends it as early as", "signer      ",
                "jwt-svid    minted: 00:05:00 by default, 01:00:00 at most, by key ",
            ],
            text => Assert.Contains(text, answer.Out, StringComparison.Ordinal));
        Assert.DoesNotContain(await System.IO.File.ReadAllTextAsync(token, TestContext.Current.CancellationToken), answer.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_the_same_as_json()
    {
        var json = (await ExplainAsync(await mesh.TokenFileAsync("web"), "--output", "json", "--lifetime", "01:00:00")).Ends(ExitCode.Ok).Json();
        Assert.Equal(["wouldIssue", "authentication", "rules", "leaf", "refusal", "jwtSvid"], CliResult.Members(json));
        var leaf = json.GetProperty("leaf");
        Assert.Equal("spiffe://cluster.local/ns/default/sa/web", leaf.GetProperty("spiffeId").GetString());
        Assert.Equal(
            TimeSpan.FromMinutes(62), leaf.GetProperty("notAfterLatest").GetDateTimeOffset() - leaf.GetProperty("notBefore").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_refusal_is_told_with_its_reason_and_what_the_caller_would_see()
    {
        var token = await mesh.TokenFileAsync("web", "--audience", "vault");
        var answer = (await ExplainAsync(token)).Ends(ExitCode.Refused);
        Assert.StartsWith("REFUSED  WrongAudience: dev", answer.Out, StringComparison.Ordinal);
        Assert.Contains("the caller is told  UNAUTHENTICATED: request authenticate failure", answer.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_holds_no_token_is_malformed_input()
    {
        await System.IO.File.WriteAllTextAsync(_directory.File("empty"), " \n", TestContext.Current.CancellationToken);
        (await ExplainAsync(_directory.File("empty"))).Ends(ExitCode.Invalid).Says("holds no token");
    }

    [Fact]
    public async Task Without_a_service_there_is_no_explanation() => (await Cli.CallAsync(
        "explain", "issuance", "--token", await mesh.TokenFileAsync("web"), "--csr", CsrFile(), "--socket", _directory.File("none.sock")))
        .Ends(ExitCode.Unavailable);

    [Fact]
    public async Task The_status_says_that_there_is_no_policy() => Assert.StartsWith(
        "no policy file",
        (await Cli.CallAsync("issuance", "status", "--socket", mesh.AdminSocket)).Ends(ExitCode.Ok).Out,
        StringComparison.Ordinal);

    private Task<CliResult> ExplainAsync(string tokenFile, params string[] more) => Cli.CallAsync(
        ["explain", "issuance", "--token", tokenFile, "--csr", CsrFile(), "--socket", mesh.AdminSocket, .. more]);

    private string CsrFile()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = _directory.File("web.csr");
        System.IO.File.WriteAllText(file, new CertificateRequest("", key, HashAlgorithmName.SHA256).CreateSigningRequestPem());
        return file;
    }
}
