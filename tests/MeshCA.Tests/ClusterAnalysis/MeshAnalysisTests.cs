using AuthzEngine.Diagnostics;
using MeshCA.ClusterAnalysis;
using Xunit;
using static MeshCA.Tests.ClusterAnalysis.Meshes;

namespace MeshCA.Tests.ClusterAnalysis;

public sealed class MeshAnalysisTests
{
    [Fact]
    public void Nothing_is_found_where_nothing_is_wrong() => Assert.Empty(MeshAnalysis.Analyze(Sound));

    [Fact]
    public void The_worst_comes_first()
    {
        var findings = MeshAnalysis.Analyze(Sound with
        {
            Clusters =
            [
                Cluster with
                {
                    Namespaces = [.. Cluster.Namespaces, Namespace("old")],
                    Pods = [Web, Legacy],
                    Channels = [.. Cluster.Channels, Map("old", RootB)],
                },
            ],
        });
        Assert.Equal(["MCA0003", "MCA0004", "MCA0020", "IST0102"], findings.Select(finding => finding.Code.Id));
        Assert.Equal([Severity.Error, Severity.Warning, Severity.Warning, Severity.Info], findings.Select(finding => finding.Severity));
    }

    public static TheoryData<object, string> Changes() =>
    [
        // Authorities that end.
        new(Sound with { Issuer = Issuer with { Roots = [Certificate("root-a", Now.AddDays(89))] }, Clusters = [] }, "MCA0002") { Label = "a root ends within its window" },
        new(Sound with { Issuer = Issuer with { Roots = [Certificate("root-a", Now.AddDays(91))] }, Clusters = [] }, "") { Label = "a root ends after its window" },
        new(Sound with { Issuer = Issuer with { Roots = [Certificate("root-a", Now.AddSeconds(-1))] }, Clusters = [] }, "MCA0001") { Label = "a root ended" },
        new(WithAuthority("active", isRoot: false, Now.AddDays(6)), "MCA0002") { Label = "an intermediate ends within its window" },
        new(WithAuthority("active", isRoot: false, Now.AddDays(8)), "") { Label = "an intermediate ends after its window" },
        new(WithAuthority("retired", isRoot: true, Now.AddDays(-8)), "") { Label = "what is out of use may end" },
        new(WithAuthority("active", isRoot: false, Now.AddDays(-1)), "MCA0001") { Label = "the signer ended" },

        // The issuer.
        new(Sound with { Issuer = Issuer with { Fault = "refused", Roots = null } }, "MCA0009") { Label = "it cannot be reached" },
        new(Sound with { Issuer = Issuer with { NotReady = ["store: full"] } }, "MCA0010") { Label = "it is not ready" },
        new(Sound with { Issuer = Issuer with { TrustDomains = ["cluster.local", "west.example"] } }, "MCA0012") { Label = "one set of roots for two trust domains" },
        new(Sound with { Issuer = Issuer with { TrustDomains = ["cluster.local"] } }, "") { Label = "one trust domain" },
        new(Sound with { Issuer = null }, "") { Label = "nobody says where it is" },

        // Channels.
        new(With(cluster => cluster with { Channels = [Map("istio-system", RootA), Map("shop", RootB), Webhook(RootA)] }), "MCA0003 MCA0004") { Label = "other roots in one namespace" },
        new(With(cluster => cluster with { Channels = [Map("istio-system", RootA, RootB), Map("shop", RootA), Webhook(RootA)] }), "MCA0004") { Label = "one root more" },
        new(With(cluster => cluster with { Channels = [Map("istio-system", RootA), Webhook(RootA)] }), "MCA0005") { Label = "no roots in a namespace" },
        new(With(cluster => cluster with { Channels = [] }), "") { Label = "roots are handed out nowhere" },
        new(With(cluster => cluster with { Channels = [Map("istio-system", RootA), Map("shop", RootA) with { Certificates = null }] }), "MCA0006") { Label = "what is no certificate" },
        new(With(cluster => cluster with { Channels = [Map("istio-system", RootA), Map("shop", RootA), Webhook(null)] }), "IST0139") { Label = "a webhook without roots" },
        new(With(cluster => cluster with { Channels = [Map("istio-system", RootA), Map("shop", RootA), Webhook(RootB)] }), "MCA0003 MCA0004") { Label = "a webhook with other roots" },
        new(With(cluster => cluster with { ServingCertificate = Secret(null) }), "MCA0008") { Label = "istiod's certificate cannot be read" },
        new(With(cluster => cluster with { ServingCertificate = Secret(Certificate("istiod", Now.AddDays(-1))) }), "MCA0008") { Label = "istiod's certificate ended" },
        new(Sound with { Clusters = [Cluster, Cluster with { Name = "two", Channels = [Map("istio-system", RootB), Map("shop", RootB)] }], Issuer = null }, "MCA0007") { Label = "another cluster with other roots" },
        new(Sound with { Clusters = [Cluster, Cluster with { Name = "two" }], Issuer = null }, "") { Label = "another cluster with the same roots" },

        // What could not be looked at.
        new(With(cluster => cluster with { Gaps = [new("secrets", IsForbidden: true, "forbidden")] }), "IST0141") { Label = "a right is missing" },
        new(With(cluster => cluster with { Gaps = [new("secrets", IsForbidden: false, "timed out")] }), "MCA0011") { Label = "a list failed" },

        // Injection.
        new(With(cluster => cluster with { Namespaces = [Namespace("istio-system"), Namespace("shop", ("istio-injection", "enabled"), ("istio.io/rev", "x"))] }), "IST0123") { Label = "two labels" },
        new(With(cluster => cluster with { Pods = [Web with { Containers = [new("web")] }] }), "IST0103") { Label = "a pod without its proxy" },
        new(With(cluster => cluster with { Pods = [Web with { Containers = [new("web", User: 1337), new("istio-proxy")] }] }), "IST0144") { Label = "a container as the proxy's user" },
        new(With(cluster => cluster with { Pods = [Web with { Containers = [new("web"), new("istio-proxy", User: 1337)] }] }), "") { Label = "the proxy as its own user" },

        // Mutual TLS.
        new(WithLegacy(Strict), "IST0102 MCA0020") { Label = "a pod outside, STRICT" },
        new(WithLegacy(Permissive), "IST0102 MCA0020 MCA0023") { Label = "a pod outside, PERMISSIVE" },
        new(WithPolicy("{\"mtls\": {\"mode\": \"PERMISSIVE\"}}"), "MCA0023") { Label = "plaintext is accepted" },
        new(WithPolicy("{\"mtls\": {\"mode\": \"DISABLE\"}}"), "MCA0022") { Label = "mTLS is off" },
        new(WithPolicy("{\"selector\": {\"matchLabels\": {\"app\": \"web\"}}, \"portLevelMtls\": {\"8080\": {\"mode\": \"DISABLE\"}}}"), "MCA0022") { Label = "mTLS is off at a port" },
        new(With(cluster => cluster with { Pods = [Web with { Annotations = Labels(("traffic.sidecar.istio.io/excludeInboundPorts", "9090")) }] }), "MCA0024") { Label = "ports around the proxy" },
        new(With(cluster => cluster with { Services = [new("shop", "web", Labels(("app", "web")), IsOpenToOutside: true)] }), "MCA0025") { Label = "open to the outside" },
        new(With(cluster => cluster with { Services = [new("shop", "other", Labels(), IsOpenToOutside: true)] }), "") { Label = "a service that leads nowhere" },
        new(
            With(cluster => cluster with
            {
                Pods =
                [
                    Web with
                    {
                        Annotations = Labels(("sidecar.istio.io/rewriteAppHTTPProbers", "false")),
                        Containers = [new("web", HasHttpProbe: true), new("istio-proxy")],
                    },
                ],
            }),
            "MCA0026") { Label = "probes as they are" },
        new(
            With(cluster => cluster with
            {
                Namespaces = [.. cluster.Namespaces, Namespace("old", ("istio-injection", "disabled"))],
                Channels = [.. cluster.Channels, Map("old", RootA)],
                Pods = [Web, Legacy],
                Policies = [.. cluster.Policies, Policy("PeerAuthentication", "old", "default", Strict)],
            }),
            "IST0102 MCA0020 MCA0021") { Label = "STRICT where no proxy is" },

        // Policies.
        new(WithPolicy("{\"selector\": {\"matchLabels\": {\"app\": \"nobody\"}}, \"mtls\": {\"mode\": \"STRICT\"}}"), "IST0127") { Label = "selects nothing" },
        new(WithPolicy("{\"mtls\": {\"mode\": \"SOMETIMES\"}}"), "IST0106") { Label = "invalid" },
        new(With(cluster => cluster with { Policies = [.. cluster.Policies, Policy("PeerAuthentication", "istio-system", "second", Strict)] }), "IST0167") { Label = "a second one of the scope" },
        new(
            With(cluster => cluster with
            {
                Policies =
                [
                    .. cluster.Policies,
                    Policy("AuthorizationPolicy", "shop", "a", "{\"rules\": [{\"from\": [{\"source\": {\"namespaces\": [\"nowhere\"]}}]}]}"),
                ],
            }),
            "IST0101") { Label = "a namespace that is not there" },
        new(With(cluster => cluster with { Conditions = [new("AuthorizationPolicy/shop/a", "Accepted", "bad rule")] }), "IST0171") { Label = "a condition is false" },
    ];

    private const string Strict = "{\"mtls\": {\"mode\": \"STRICT\"}}";
    private const string Permissive = "{\"mtls\": {\"mode\": \"PERMISSIVE\"}}";

    [Theory, MemberData(nameof(Changes))]
    public void What_is_changed_is_found_and_nothing_else(object mesh, string codes) =>
        Assert.Equal(codes, string.Join(' ', Codes((MeshView)mesh)));

    [Fact]
    public void Every_code_is_found_by_some_change()
    {
        var found = Changes().SelectMany(row => row.Data.Item2.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToHashSet();
        Assert.Empty(AllCodes().Select(code => code.Id).Except(found).Except(["IST0133"]));
    }

    [Fact]
    public void No_finding_is_worse_than_its_code() => Assert.All(
        Changes().SelectMany(row => MeshAnalysis.Analyze((MeshView)row.Data.Item1)),
        finding => Assert.True(finding.Severity >= finding.Code.Severity));

    [Fact]
    public void Pods_that_are_alike_are_told_once()
    {
        var mesh = With(cluster => cluster with
        {
            Namespaces = [.. cluster.Namespaces, Namespace("old", ("istio-injection", "disabled"))],
            Channels = [.. cluster.Channels, Map("old", RootA)],
            Pods =
            [
                Web,
                Legacy with { Name = "legacy-b", Labels = Labels(("app", "legacy"), ("pod-template-hash", "1")) },
                Legacy with { Name = "legacy-a", Labels = Labels(("app", "legacy"), ("pod-template-hash", "2")) },
            ],
        });
        var finding = Only(mesh, AnalysisCode.BreaksUnderStrict);
        Assert.Equal("Pod/old/legacy-a", finding.Object);
        Assert.Contains("2 pods like it", finding.Message, StringComparison.Ordinal);
    }

    internal static IEnumerable<AnalysisCode> AllCodes() =>
        typeof(AnalysisCode).GetFields().Select(field => field.GetValue(null)).OfType<AnalysisCode>();

    private static MeshView With(Func<ClusterView, ClusterView> change) => Sound with { Clusters = [change(Cluster)] };

    private static MeshView WithPolicy(string spec) =>
        With(cluster => cluster with { Policies = [.. cluster.Policies, Policy("PeerAuthentication", "shop", "more", spec)] });

    private static MeshView WithLegacy(string mode) => With(cluster => cluster with
    {
        Namespaces = [.. cluster.Namespaces, Namespace("old")],
        Channels = [.. cluster.Channels, Map("old", RootA)],
        Pods = [Web, Legacy],
        Policies = [Policy("PeerAuthentication", "istio-system", "default", mode)],
    });

    private static MeshView WithAuthority(string state, bool isRoot, DateTimeOffset end) =>
        Sound with { Issuer = Issuer with { Authorities = [new("a1", isRoot, state, end)] } };

    private static TrustChannel Secret(params ViewedCertificate[]? chain) =>
        new(TrustChannelKind.Secret, "Secret/istio-system/istiod-tls", "istio-system", chain);
}
