using System.Text.Json.Nodes;

namespace Kubernetes.Tests.Running;

/// <summary>Makes the objects that controllers and kubelets would make or keep up to date.</summary>
internal static class ClusterObjects
{
    /// <summary>Makes a namespace.</summary>
    public static Task CreateNamespaceAsync(this KubernetesCluster cluster, string name, JsonObject? labels = null) =>
        cluster.Admin.PostAsync("/api/v1/namespaces", new JsonObject { ["metadata"] = Metadata(name, labels) });

    /// <summary>Deletes a namespace; its objects stay in etcd, as no controller removes them.</summary>
    public static async Task DeleteNamespaceAsync(this KubernetesCluster cluster, string name)
    {
        var path = $"/api/v1/namespaces/{name}";
        var ns = await cluster.Admin.DeleteAsync(path);
        ns = await cluster.Admin.GetAsync(path);
        ns["spec"] = new JsonObject { ["finalizers"] = new JsonArray() };
        await cluster.Admin.PutAsync($"{path}/finalize", ns);
    }

    /// <summary>Makes a service account.</summary>
    public static Task CreateAccountAsync(this KubernetesCluster cluster, string ns, string name) =>
        cluster.Admin.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts", new JsonObject { ["metadata"] = Metadata(name) });

    /// <summary>Makes a node that no kubelet runs on.</summary>
    public static Task CreateNodeAsync(this KubernetesCluster cluster, string name) =>
        cluster.Admin.PostAsync("/api/v1/nodes", new JsonObject { ["metadata"] = Metadata(name) });

    /// <summary>Makes a pod on a node and says what its kubelet would say.</summary>
    /// <returns>Its UID.</returns>
    public static async Task<string> CreatePodAsync(this KubernetesCluster cluster, Pod pod)
    {
        var path = $"/api/v1/namespaces/{pod.Namespace}/pods";
        var made = await cluster.Admin.PostAsync(path, new JsonObject
        {
            ["metadata"] = Metadata(pod.Name, pod.Labels),
            ["spec"] = new JsonObject
            {
                ["serviceAccountName"] = pod.Account,
                ["automountServiceAccountToken"] = false,
                ["nodeName"] = pod.Node,
                ["terminationGracePeriodSeconds"] = 0,
                ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = "none" }),
            },
        });
        await cluster.SetPhaseAsync(pod, pod.Phase);
        return made["metadata"]!["uid"]!.GetValue<string>();
    }

    /// <summary>Says, as a kubelet, in which phase a pod is.</summary>
    public static Task SetPhaseAsync(this KubernetesCluster cluster, Pod pod, string phase) =>
        cluster.Admin.MergeAsync(
            $"/api/v1/namespaces/{pod.Namespace}/pods/{pod.Name}/status",
            new JsonObject { ["status"] = new JsonObject { ["phase"] = phase } });

    /// <summary>Deletes a pod at once.</summary>
    public static Task DeletePodAsync(this KubernetesCluster cluster, Pod pod) =>
        cluster.Admin.DeleteAsync($"/api/v1/namespaces/{pod.Namespace}/pods/{pod.Name}?gracePeriodSeconds=0");

    /// <summary>Asks for a token by TokenRequest.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="ns">The account's namespace.</param>
    /// <param name="account">The account.</param>
    /// <param name="audience">Whom the token is for; null: for the API server.</param>
    /// <param name="boundTo">Name and UID of the pod that it is bound to; null for none.</param>
    public static async Task<string> TokenAsync(
        this KubernetesCluster cluster, string ns, string account, string? audience = null, (string Name, string Uid)? boundTo = null)
    {
        var spec = new JsonObject { ["expirationSeconds"] = 3600 };
        if (audience is not null)
        {
            spec["audiences"] = new JsonArray(audience);
        }

        if (boundTo is var (name, uid))
        {
            spec["boundObjectRef"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = name, ["uid"] = uid };
        }

        var answer = await cluster.Admin.PostAsync(
            $"/api/v1/namespaces/{ns}/serviceaccounts/{account}/token",
            new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec });
        return answer["status"]!["token"]!.GetValue<string>();
    }

    private static JsonObject Metadata(string name, JsonObject? labels = null)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (labels is not null)
        {
            metadata["labels"] = labels.DeepClone();
        }

        return metadata;
    }
}

/// <summary>A pod as tests want one.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Account">Its service account.</param>
/// <param name="Node">Its node.</param>
internal sealed record Pod(string Namespace, string Name, string Account, string Node)
{
    public JsonObject? Labels { get; init; }

    public string Phase { get; init; } = "Running";
}
