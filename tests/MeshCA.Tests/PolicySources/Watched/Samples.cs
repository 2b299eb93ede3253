using System.Text.Json;
using AuthzEngine.Policies;
using KubernetesClient.Models;
using MeshCA.PolicySources.Watched;

namespace MeshCA.Tests.PolicySources.Watched;

/// <summary>Objects of a cluster.</summary>
internal static class Samples
{
    public static V1AuthorizationPolicy Policy(string name, string spec, long generation = 1, string? status = null, string ns = "shop") => new()
    {
        Metadata = new()
        {
            Name = name,
            Namespace = ns,
            Uid = "uid-" + name,
            Generation = generation,
            ResourceVersion = "7",
            CreationTimestamp = DateTimeOffset.UnixEpoch,
        },
        Spec = Json(spec),
        Status = status is null ? null : Json(status),
    };

    public static ResourceId Id(string name) => new(ResourceKind.AuthorizationPolicy, "shop", name);

    public static string Deny(string selector = "{}", string port = "8080") =>
        $$$"""{"selector":{"matchLabels":{{{selector}}}},"action":"DENY","rules":[{"to":[{"operation":{"ports":["{{{port}}}"]}}]}]}""";

    public static V1Pod Pod(string name, string account, params (string Name, string Value)[] labels) => new()
    {
        Metadata = new() { Name = name, Namespace = "shop", Labels = labels.ToDictionary(label => label.Name, label => label.Value) },
        Spec = new() { ServiceAccountName = account },
        Status = new() { Phase = "Running" },
    };

    public static V1Namespace Namespace(string name) => new() { Metadata = new() { Name = name } };

    public static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

/// <summary>A cluster whose objects a test sets.</summary>
internal sealed class SetCluster : IWatchedCluster
{
    public SetCluster()
    {
        Policies.Changed += () => Changed?.Invoke();
        Workloads.Changed += () => Changed?.Invoke();
    }

    public bool HasSynced { get; set; } = true;

    public string? Fault { get; set; }

    public string? TrustDomain { get; set; }

    public WatchedPolicies Policies { get; } = new();

    public WatchedWorkloads Workloads { get; } = new();

    public event Action? Changed;

    public Task<bool> WaitForSyncAsync(TimeSpan longest, CancellationToken cancellationToken) => Task.FromResult(HasSynced);

    public void Put(V1AuthorizationPolicy policy) => Policies.Take(null, policy);

    public void Remove(V1AuthorizationPolicy policy) => Policies.Take(policy, null);
}
