using System.IO;
using MeshCA.Admin;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin.Meshes;

public sealed class AuthzCheckVerbTests : IAsyncLifetime
{
    private MeshInApi _mesh = null!;

    public async ValueTask InitializeAsync() => _mesh = await MeshInApi.StartAsync();

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Theory]
    [InlineData("shop/web-0")]
    [InlineData("shop/app=web")]
    public async Task Policies_come_in_the_order_in_which_they_are_gone_by(string workload)
    {
        // authorization-policy §2.1
        var report = (await _mesh.CallAsync("authz", "check", workload, "--output", "json")).Ends(ExitCode.Ok).Json();
        Assert.Equal(["workload", "quarantined", "needsAllow", "policies"], CliResult.Members(report));
        Assert.True(report.GetProperty("needsAllow").GetBoolean());
        Assert.Equal(
            ["DENY no-admin.istio-system 1", "ALLOW web.shop 1"],
            report.GetProperty("policies").EnumerateArray().Select(row => $"{row.GetProperty("action")} {row.GetProperty("policy")} {row.GetProperty("rules").GetArrayLength()}"));
    }

    [Fact]
    public async Task People_see_what_the_rules_say()
    {
        var table = (await _mesh.CallAsync("authz", "check", "shop/web-0")).Ends(ExitCode.Ok).Out;
        Assert.Contains("web.shop", table, StringComparison.Ordinal);
        Assert.Contains("GET", table, StringComparison.Ordinal);
        Assert.Contains("what no ALLOW rule matches is denied", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workload_elsewhere_has_the_policies_of_the_whole_mesh_alone()
    {
        var report = (await _mesh.CallAsync("authz", "check", "old/legacy-0", "--output", "json")).Ends(ExitCode.Ok).Json();
        Assert.Equal("no-admin.istio-system", Assert.Single(report.GetProperty("policies").EnumerateArray()).GetProperty("policy").GetString());
        Assert.False(report.GetProperty("needsAllow").GetBoolean());
    }

    [Fact]
    public async Task Every_stage_has_its_place_and_a_policy_without_rules_is_shown()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.File("all.yaml");
        await File.WriteAllTextAsync(
            file,
            string.Join("---\n", ((string[])["AUDIT", "ALLOW", "DENY"]).Select(action => $$"""
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: p-{{action.ToLowerInvariant()}}, namespace: shop}
                spec: {action: {{action}}, rules: [{to: [{operation: {ports: ["80"]} }] }] }

                """).Append("""
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: nothing, namespace: shop}
                spec: {}

                """)),
            TestContext.Current.CancellationToken);
        var report = (await Cli.CallAsync("authz", "check", "shop", "--policies", file, "--output", "json")).Ends(ExitCode.Ok).Json();
        Assert.Equal(
            ["DENY p-deny.shop", "ALLOW p-allow.shop", "ALLOW nothing.shop", "AUDIT p-audit.shop"],
            report.GetProperty("policies").EnumerateArray().Select(row => $"{row.GetProperty("action")} {row.GetProperty("policy")}"));
    }

    [Fact]
    public async Task A_pod_that_is_not_there_is_said() => (await _mesh.CallAsync("authz", "check", "shop/nobody")).Ends(ExitCode.Invalid).Says("shop/nobody");
}
