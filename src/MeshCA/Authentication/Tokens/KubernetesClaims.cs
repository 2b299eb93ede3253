using System.Text.Json;

namespace MeshCA.Authentication.Tokens;

/// <summary>What a Kubernetes API server says in <c>kubernetes.io</c> about the object a token is bound to.</summary>
internal sealed class KubernetesClaims
{
    /// <summary>No such claims.</summary>
    public static readonly KubernetesClaims None = new();

    private const int MaxUidLength = 128;

    private KubernetesClaims()
    {
    }

    /// <summary>The namespace; null if not said.</summary>
    public string? Namespace { get; private init; }

    /// <summary>The service account's name; null if not said.</summary>
    public string? ServiceAccount { get; private init; }

    /// <summary>The service account's UID; null if not said.</summary>
    public string? ServiceAccountUid { get; private init; }

    /// <summary>Whether the token ends with a secret.</summary>
    public bool IsBoundToSecret { get; private init; }

    /// <summary>The pod's name; null if the token is bound to none.</summary>
    public string? PodName { get; private init; }

    /// <summary>The pod's UID.</summary>
    public string? PodUid { get; private init; }

    /// <summary>The name of the node the pod runs on; null if not said.</summary>
    public string? NodeName { get; private init; }

    /// <summary>Reads the object; null where a part is not of its form.</summary>
    public static KubernetesClaims? Read(JsonElement element)
    {
        if (!element.TryGetString("namespace", out var ns)
            || !TryReadObject(element, "serviceaccount", out var account, out var accountUid)
            || !TryReadObject(element, "pod", out var pod, out var podUid)
            || !TryReadObject(element, "node", out var node, out _)
            || !TryReadObject(element, "secret", out var secret, out _)
            || (ns is not null && !KubernetesName.IsLabel(ns)))
        {
            return null;
        }

        return new KubernetesClaims
        {
            Namespace = ns,
            ServiceAccount = account,
            ServiceAccountUid = accountUid,
            IsBoundToSecret = secret is not null,
            PodName = pod,
            PodUid = podUid,
            NodeName = node,
        };
    }

    // Names and UIDs go to the journal, so they are held to the form that API servers give them.
    private static bool TryReadObject(JsonElement element, string name, out string? objectName, out string? uid)
    {
        objectName = uid = null;
        return element.TryGetObject(name, out var bound)
            && (bound is not { } present
                || (present.TryGetString("name", out objectName) && IsName(objectName)
                    && present.TryGetString("uid", out uid) && IsUid(uid)));
    }

    private static bool IsName(string? name) => name is null || KubernetesName.IsSubdomain(name);

    private static bool IsUid(string? uid) =>
        uid is null || (uid.Length is > 0 and <= MaxUidLength && !uid.AsSpan().ContainsAnyExceptInRange('!', '~'));
}
