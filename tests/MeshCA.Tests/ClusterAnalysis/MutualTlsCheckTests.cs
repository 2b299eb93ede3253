using System.Text.Json;
using AuthzEngine.Policies;
using MeshCA.ClusterAnalysis;
using Xunit;
using static MeshCA.Tests.ClusterAnalysis.Meshes;

namespace MeshCA.Tests.ClusterAnalysis;

public sealed class MutualTlsCheckTests
{
    private const string Strict = "{\"mtls\": {\"mode\": \"STRICT\"}}";
    private const string Permissive = "{\"mtls\": {\"mode\": \"PERMISSIVE\"}}";
    private const string Disable = "{\"mtls\": {\"mode\": \"DISABLE\"}}";

    // mode; whether the server has a proxy; what a DestinationRule says; whether the caller has a proxy; status
    public static TheoryData<string, bool, string?, bool, string> Cases() =>
    [
        new(Strict, true, null, true, "Ok MeshMutual"),
        new(Strict, true, null, false, "Conflict Plaintext"),
        new(Strict, true, "DISABLE", true, "Conflict Plaintext"),
        new(Strict, true, "SIMPLE", true, "Conflict Simple"),
        new(Strict, true, "ISTIO_MUTUAL", true, "Ok MeshMutual"),
        new(Strict, false, null, true, "NotEnforced Plaintext"),
        new(Permissive, true, null, true, "Ok MeshMutual"),
        new(Permissive, true, null, false, "Ok Plaintext"),
        new(Permissive, true, "DISABLE", true, "Ok Plaintext"),
        new(Permissive, false, "ISTIO_MUTUAL", true, "Conflict MeshMutual"),
        new(Disable, true, null, true, "Ok Plaintext"),
        new(Disable, true, "ISTIO_MUTUAL", true, "Conflict MeshMutual"),
    ];

    [Theory, MemberData(nameof(Cases))]
    public void Server_and_client_go_together_or_not(string mode, bool hasProxy, string? rule, bool callerHasProxy, string expected)
    {
        var row = Check(
            Cluster with
            {
                Pods = [hasProxy ? Web : Web with { Containers = [new("web", Ports: [new(8080)])] }],
                Policies = [Policy("PeerAuthentication", "shop", "default", mode)],
            },
            rule is null ? [] : [Rule($"{{\"host\": \"web.shop.svc.cluster.local\", \"trafficPolicy\": {{\"tls\": {{\"mode\": \"{rule}\"}}}}}}")],
            callerHasProxy ? null : MeshPlacement.Outside)[0];
        Assert.Equal(expected, $"{row.Status} {row.Client}");
        Assert.Equal("PeerAuthentication/shop/default", row.Policy);
    }

    [Fact]
    public void Each_port_has_a_row_and_all_others_have_one()
    {
        var rows = Check(
            Cluster with
            {
                Policies =
                [
                    Policy("PeerAuthentication", "istio-system", "default", Strict),
                    Policy("PeerAuthentication", "shop", "web", "{\"selector\": {\"matchLabels\": {\"app\": \"web\"}}, \"portLevelMtls\": {\"9090\": {\"mode\": \"PERMISSIVE\"}}}"),
                ],
            },
            [],
            null);
        Assert.Equal(
            [(8080, MutualTlsMode.Strict, "PeerAuthentication/istio-system/default"), (9090, MutualTlsMode.Permissive, "PeerAuthentication/shop/web"), (null, MutualTlsMode.Strict, "PeerAuthentication/istio-system/default")],
            rows.Select(row => (row.Port, row.Server, row.Policy)));
    }

    [Theory]
    [InlineData("web", "shop", true)]
    [InlineData("web", "other", false)]
    [InlineData("web.shop", "other", true)]
    [InlineData("web.shop.svc", "other", true)]
    [InlineData("*.shop.svc.cluster.local", "other", true)]
    [InlineData("*.local", "other", true)]
    [InlineData("*.other.svc.cluster.local", "other", false)]
    [InlineData("db.shop.svc.cluster.local", "shop", false)]
    public void A_rule_is_for_the_services_that_its_host_names(string host, string ns, bool isFor) =>
        Assert.Equal(isFor, ClientTlsRule.Read(ns, "r", Json($"{{\"host\": \"{host}\", \"trafficPolicy\": {{\"tls\": {{\"mode\": \"DISABLE\"}}}}}}"))!.IsFor(Cluster.Services[0]));

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"host\": 1}")]
    [InlineData("{\"host\": \"a\", \"trafficPolicy\": 1}")]
    [InlineData("{\"host\": \"a\", \"trafficPolicy\": {\"tls\": {\"mode\": \"SOMETIMES\"}}}")]
    [InlineData("{\"host\": \"a\", \"trafficPolicy\": {\"portLevelSettings\": [1, {\"port\": {}}, {\"port\": {\"number\": \"x\"}}]}}")]
    public void What_says_nothing_about_tls_is_no_rule(string spec) => Assert.Null(ClientTlsRule.Read("a", "b", Json(spec)));

    [Fact]
    public void A_rule_may_say_something_of_single_ports()
    {
        var rule = Rule("{\"host\": \"web\", \"trafficPolicy\": {\"portLevelSettings\": [{\"port\": {\"number\": 8080}, \"tls\": {\"mode\": \"DISABLE\"}}]}}");
        Assert.Equal(ClientTlsMode.Plaintext, rule.At(8080));
        Assert.Null(rule.At(80));
    }

    private static ClientTlsRule Rule(string spec) => ClientTlsRule.Read("shop", "web", Json(spec))!;

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static IReadOnlyList<MutualTlsRow> Check(ClusterView cluster, IReadOnlyList<ClientTlsRule> rules, MeshPlacement? caller) =>
        MutualTlsCheck.Check(ViewedWorkload.Of(cluster), ClusterPolicies.Of(cluster).Modes, cluster.Services, rules, caller);
}
