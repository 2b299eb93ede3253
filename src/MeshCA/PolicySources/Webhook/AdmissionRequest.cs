using System.Text.Json;
using KubernetesClient.Models;

namespace MeshCA.PolicySources.Webhook;

/// <summary>What an API server asks before it stores an object (<c>admission.k8s.io/v1</c>). Untrusted: anybody may reach the port.</summary>
/// <param name="Uid">Names the question; the answer repeats it.</param>
internal sealed record AdmissionRequest(string Uid)
{
    /// <summary><c>CREATE</c>, <c>UPDATE</c>, <c>DELETE</c> or <c>CONNECT</c>.</summary>
    public string Operation { get; init; } = "";

    /// <summary>API group of the object.</summary>
    public string Group { get; init; } = "";

    /// <summary>Kind of the object.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Its namespace.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Its name; empty where the server is yet to make it.</summary>
    public string Name { get; init; } = "";

    /// <summary>What of it is written; empty: the object itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Its metadata as far as it means something here.</summary>
    public V1ObjectMeta Metadata { get; init; } = new();

    /// <summary>Its specification; null for none.</summary>
    public JsonElement? Spec { get; init; }
}
