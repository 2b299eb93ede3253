using MeshCA.Admin;
using SpiffeIdentity.Pem;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.Admin.Meshes;

public sealed class AnalyzeVerbTests : IAsyncLifetime
{
    private MeshInApi _mesh = null!;

    public async ValueTask InitializeAsync() => _mesh = await MeshInApi.StartAsync();

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task Findings_are_one_JSON_array()
    {
        var result = (await _mesh.CallAsync("analyze", "--output", "json")).Ends(ExitCode.Ok);
        var findings = result.Json().EnumerateArray().ToList();
        Assert.Equal(["code", "level", "cluster", "object", "message", "remedy"], CliResult.Members(findings[0]));
        Assert.Equal(["MCA0020", "IST0102"], findings.Select(finding => finding.GetProperty("code").GetString()));
        Assert.Equal("Pod/old/legacy-0", findings[0].GetProperty("object").GetString());
        Assert.Equal("warning", findings[0].GetProperty("level").GetString());
    }

    [Theory]
    [InlineData("Error", 0)]
    [InlineData("Warning", 5)]
    [InlineData("Info", 5)]
    public async Task The_threshold_decides_how_it_ends(string threshold, int code) =>
        (await _mesh.CallAsync("analyze", "--threshold", threshold)).Ends((ExitCode)code);

    [Fact]
    public async Task Only_what_is_bad_enough_is_shown()
    {
        var result = await _mesh.CallAsync("analyze", "--level", "warning", "--output", "json");
        Assert.Equal(["MCA0020"], result.Json().EnumerateArray().Select(finding => finding.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Roots_that_differ_are_errors()
    {
        using var one = TestAuthority.CreateRoot(Lasting, "one");
        using var two = TestAuthority.CreateRoot(Lasting, "two");
        _mesh.Roots("istio-system", PemWriter.WriteCertificate(one.Certificate));
        _mesh.Roots("shop", PemWriter.WriteCertificate(two.Certificate));
        var result = (await _mesh.CallAsync("analyze", "--level", "error", "--output", "json")).Ends(ExitCode.Invalid);
        Assert.Equal(
            ["MCA0003 ConfigMap/shop/istio-ca-root-cert", "MCA0005 ConfigMap/old/istio-ca-root-cert"],
            result.Json().EnumerateArray().Select(finding => $"{finding.GetProperty("code")} {finding.GetProperty("object")}"));
    }

    [Fact]
    public async Task An_issuer_that_is_not_there_is_an_error()
    {
        // Port 1 of this machine: nobody listens there.
        var result = (await _mesh.CallAsync("analyze", "--issuer", "http://127.0.0.1:1", "--level", "error", "--output", "json")).Ends(ExitCode.Invalid);
        Assert.Equal("MCA0009", Assert.Single(result.Json().EnumerateArray()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task What_may_not_be_listed_is_said_and_the_rest_is_looked_at()
    {
        _mesh.Server.Fault = request => request.Path.Contains("webhookconfigurations", StringComparison.Ordinal)
            ? new FakeApiFault.Error(403, "Forbidden")
            : null;
        var result = (await _mesh.CallAsync("analyze", "--output", "json")).Ends(ExitCode.Invalid);
        Assert.Equal(
            ["IST0141", "IST0141", "MCA0020", "IST0102"],
            result.Json().EnumerateArray().Select(finding => finding.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_read_at_all_is_told_apart_from_one_without_findings()
    {
        _mesh.Server.IsDown = true;
        (await _mesh.CallAsync("analyze")).Ends(ExitCode.Unavailable).Says("cannot be read");
    }

    [Fact]
    public async Task A_context_that_is_not_there_is_a_wrong_command_line() =>
        (await _mesh.CallAsync("analyze", "--context", "nowhere")).Ends(ExitCode.Usage).Says("nowhere");

    [Fact]
    public async Task People_get_a_table() => Assert.Contains("MCA0020", (await _mesh.CallAsync("analyze")).Out, StringComparison.Ordinal);

    private static CertificateShape Lasting(CertificateShape shape) => shape with { NotAfter = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero) };
}
