using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

[Collection(RunningMeshCollection.Name)]
public sealed class BundleShowVerbTests(RunningMesh mesh)
{
    [Fact]
    public async Task The_roots_are_printed_as_pem_and_nothing_else_is()
    {
        var shown = (await Cli.CallAsync("bundle", "show", "--url", mesh.HttpAddress)).Ends(ExitCode.Ok);

        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(shown.Out);
        var root = Assert.Single(roots);
        Assert.Equal(root.Subject, root.Issuer);
        Assert.Equal(root.ExportCertificatePem() + "\n", shown.Out);
        Assert.Empty(shown.Error);
    }

    [Fact]
    public async Task The_roots_are_printed_as_a_spiffe_bundle()
    {
        var bundle = (await Cli.CallAsync("bundle", "show", "--url", mesh.HttpAddress, "--output", "spiffe")).Ends(ExitCode.Ok).Json();

        Assert.Equal(["keys", "spiffe_sequence", "spiffe_refresh_hint"], CliResult.Members(bundle));
        Assert.Equal(
            ["jwt-svid", "x509-svid"],
            bundle.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("use").GetString()).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("not a URL")]
    [InlineData("ftp://localhost")]
    [InlineData("localhost:15014")]
    public async Task An_address_that_is_no_http_url_ends_with_2(string url) =>
        (await Cli.CallAsync("bundle", "show", "--url", url)).Ends(ExitCode.Usage).Says($"not `{url}`");

    [Fact]
    public async Task Another_form_than_pem_or_spiffe_ends_with_2() =>
        (await Cli.CallAsync("bundle", "show", "--output", "json")).Ends(ExitCode.Usage).Says("'spiffe'");

    [Fact]
    public async Task A_server_that_is_not_there_ends_with_4() =>
        (await Cli.CallAsync("bundle", "show", "--url", $"http://127.0.0.1:{ClosedPort()}")).Ends(ExitCode.Unavailable).Says("refused");

    internal static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
