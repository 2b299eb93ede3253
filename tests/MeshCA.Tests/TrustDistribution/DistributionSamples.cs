using KubernetesClient.Models;
using MeshCA.TrustDistribution;

namespace MeshCA.Tests.TrustDistribution;

/// <summary>Namespaces, config maps and what is to be in them.</summary>
internal static class DistributionSamples
{
    public static readonly DistributedMap Roots = new("istio-ca-root-cert", "root-cert.pem", "the roots\n");

    public static readonly DistributedMap Revoked = new("istio-ca-crl", "ca-crl.pem", "");

    public static readonly DistributedContent Content = new(3, [Roots, Revoked], Roots.Text);

    public static readonly DistributionScope Everything = new([], []);

    public static V1Namespace Namespace(string name, params (string Key, string Value)[] labels) => new()
    {
        Metadata = new() { Name = name, Labels = labels.ToDictionary(label => label.Key, label => label.Value) },
        Status = new() { Phase = "Active" },
    };

    public static V1ConfigMap Written(string ns, DistributedMap map) => DistributionPlanner.Body(ns, map);
}
