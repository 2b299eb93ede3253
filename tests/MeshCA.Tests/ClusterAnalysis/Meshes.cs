using System.Text;
using AuthzEngine.Formats.Yaml;
using MeshCA.ClusterAnalysis;

namespace MeshCA.Tests.ClusterAnalysis;

/// <summary>Meshes for the tests: one in which nothing is wrong, and changes to it.</summary>
internal static class Meshes
{
    public static readonly DateTimeOffset Now = new(2026, 11, 30, 9, 0, 0, TimeSpan.Zero);

    public static readonly ViewedCertificate RootA = Certificate("root-a", Now.AddDays(3650));
    public static readonly ViewedCertificate RootB = Certificate("root-b", Now.AddDays(3650));

    public static MeshView Sound => new([Cluster], Issuer, Now);

    public static IssuerView Issuer => new() { Address = "meshca:15014", Roots = [RootA] };

    public static ClusterView Cluster => new()
    {
        Name = "one",
        Namespaces = [Namespace("istio-system"), Namespace("shop", ("istio-injection", "enabled"))],
        Pods = [Web],
        Services = [new("shop", "web", Labels(("app", "web")))],
        Channels = [Map("istio-system", RootA), Map("shop", RootA), Webhook(RootA)],
        Policies = [Policy("PeerAuthentication", "istio-system", "default", "{\"mtls\": {\"mode\": \"STRICT\"}}")],
    };

    public static ViewedPod Web => new()
    {
        Namespace = "shop",
        Name = "web-0",
        Labels = Labels(("app", "web")),
        ServiceAccount = "web",
        Containers = [new("web", Ports: [new(8080)]), new("istio-proxy", IsInit: true)],
    };

    public static ViewedPod Legacy => new()
    {
        Namespace = "old",
        Name = "legacy-0",
        Labels = Labels(("app", "legacy")),
        Containers = [new("legacy")],
    };

    public static ViewedNamespace Namespace(string name, params (string Key, string Value)[] labels) => new(name, Labels(labels));

    public static Dictionary<string, string> Labels(params (string Key, string Value)[] labels) =>
        labels.ToDictionary(label => label.Key, label => label.Value);

    public static TrustChannel Map(string ns, params ViewedCertificate[] roots) =>
        new(TrustChannelKind.ConfigMap, $"ConfigMap/{ns}/istio-ca-root-cert", ns, roots);

    public static TrustChannel Webhook(params ViewedCertificate[]? roots) =>
        new(TrustChannelKind.Webhook, "ValidatingWebhookConfiguration/istiod/validation", "", roots);

    public static PolicyText Policy(string kind, string ns, string name, string spec) => new(
        $"{kind}/{ns}/{name}",
        Encoding.UTF8.GetBytes(
            $"{{\"apiVersion\": \"security.istio.io/v1\", \"kind\": \"{kind}\", "
            + $"\"metadata\": {{\"name\": \"{name}\", \"namespace\": \"{ns}\"}}, \"spec\": {spec}}}"));

    public static ViewedCertificate Certificate(string subject, DateTimeOffset notAfter) =>
        new(Encoding.UTF8.GetBytes(subject + notAfter.ToString("O")), $"CN={subject}", notAfter);

    /// <summary>The codes that an analysis finds, each once, in order.</summary>
    public static IReadOnlyList<string> Codes(MeshView mesh) =>
        [.. MeshAnalysis.Analyze(mesh).Select(finding => finding.Code.Id).Distinct().Order(StringComparer.Ordinal)];

    public static AnalysisFinding Only(MeshView mesh, AnalysisCode code) =>
        Xunit.Assert.Single(MeshAnalysis.Analyze(mesh), finding => finding.Code == code);
}
