using KubernetesClient.Models;

namespace KubernetesClient;

/// <summary>An object of the Kubernetes API. Fields that are not modelled are lost when it is written back: change objects by apply or patch.</summary>
public interface IKubernetesObject
{
    /// <summary>Group and version, <c>v1</c> for the core group.</summary>
    string ApiVersion { get; }

    /// <summary>The kind.</summary>
    string Kind { get; }

    /// <summary>Name, namespace, labels, version.</summary>
    V1ObjectMeta Metadata { get; }
}

/// <summary>An object whose resource is known from its type.</summary>
/// <typeparam name="TSelf">The type.</typeparam>
public interface IKubernetesResource<TSelf> : IKubernetesObject
    where TSelf : class, IKubernetesResource<TSelf>
{
    /// <summary>Where the API serves objects of this type.</summary>
    static abstract ResourceKind Resource { get; }
}

/// <summary>Where the API serves a kind of object.</summary>
/// <param name="Group">The API group; empty for the core group.</param>
/// <param name="Version">The version.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Plural">The name in URLs.</param>
/// <param name="IsNamespaced">Whether objects live in namespaces.</param>
public sealed record ResourceKind(string Group, string Version, string Kind, string Plural, bool IsNamespaced)
{
    /// <summary>What <c>apiVersion</c> says.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}
