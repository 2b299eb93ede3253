using System.IO;
using KubernetesClient.Models;
using MeshCA.Admin;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.Admin.Meshes;

public sealed class AuthnTlsCheckVerbTests : IAsyncLifetime
{
    private MeshInApi _mesh = null!;

    public async ValueTask InitializeAsync() => _mesh = await MeshInApi.StartAsync();

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task Each_port_of_a_workload_has_its_mode_and_who_says_so()
    {
        var rows = (await _mesh.CallAsync("authn", "tls-check", "shop/web-0", "--output", "json")).Ends(ExitCode.Ok).Json().EnumerateArray().ToList();
        Assert.Equal(["workload", "port", "server", "policy", "client", "clientBy", "status", "note"], CliResult.Members(rows[0]));
        Assert.Equal(
            ["Pod/shop/web-0 8080 STRICT PeerAuthentication/istio-system/default mTLS automatic OK", "Pod/shop/web-0  STRICT PeerAuthentication/istio-system/default mTLS automatic OK"],
            rows.Select(row => string.Join(' ', ((string[])["workload", "port", "server", "policy", "client", "clientBy", "status"]).Select(name => row.GetProperty(name).ToString()))));
    }

    [Fact]
    public async Task A_caller_without_proxy_conflicts_with_STRICT() => Assert.Contains(
        "CONFLICT", (await _mesh.CallAsync("authn", "tls-check", "shop/app=web", "--from", "old/legacy-0")).Ends(ExitCode.Invalid).Out, StringComparison.Ordinal);

    [Fact]
    public async Task A_destination_rule_counts_for_callers()
    {
        _mesh.Server.Put(
            V1DestinationRule.Resource,
            """{"metadata": {"name": "web", "namespace": "shop"}, "spec": {"host": "web", "trafficPolicy": {"tls": {"mode": "DISABLE"} } } }""");
        var result = (await _mesh.CallAsync("authn", "tls-check", "--output", "json")).Ends(ExitCode.Invalid);
        Assert.Contains(result.Json().EnumerateArray(), row => row.GetProperty("clientBy").GetString() == "DestinationRule/shop/web");
    }

    [Fact]
    public async Task Policies_may_come_from_files()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("ports.yaml");
        await File.WriteAllTextAsync(
            file,
            """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: web, namespace: shop}
            spec:
              selector: {matchLabels: {app: web}}
              portLevelMtls: {8080: {mode: DISABLE}}
            """,
            TestContext.Current.CancellationToken);
        var rows = (await Cli.CallAsync("authn", "tls-check", "shop/app=web", "--policies", file, "--output", "json")).Ends(ExitCode.Ok).Json();
        Assert.Equal(["DISABLE", "PERMISSIVE"], rows.EnumerateArray().Select(row => row.GetProperty("server").GetString()));
    }

    [Fact]
    public async Task A_pod_that_is_not_there_is_said() => (await _mesh.CallAsync("authn", "tls-check", "shop/nobody")).Ends(ExitCode.Invalid).Says("shop/nobody");

    [Theory]
    [InlineData("peerauthentications", "")]
    [InlineData("destinationrules", "")]
    [InlineData("peerauthentications", "v1beta1")]
    [InlineData("destinationrules", "v1beta1")]
    public async Task What_cannot_be_read_is_not_guessed(string kind, string version)
    {
        // With a version: the kind is not there in the newer one, and may not be looked at in this.
        _mesh.Server.Fault = request => !request.Path.Contains(kind, StringComparison.Ordinal) ? null
            : request.Path.Contains(version, StringComparison.Ordinal) ? new FakeApiFault.Error(403, "Forbidden")
            : new FakeApiFault.Error(404, "NotFound");
        (await _mesh.CallAsync("authn", "tls-check")).Ends(ExitCode.Refused).Says(kind);
    }
}
