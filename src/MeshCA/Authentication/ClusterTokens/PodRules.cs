using KubernetesClient.Models;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Whether a pod is one to which certificates are given; pure.</summary>
internal static class PodRules
{
    /// <summary>Whether an object that is being deleted has outlived its time to end: <c>deletionTimestamp</c> is when it must be gone.</summary>
    /// <remarks>Until then a pod drains its connections and may renew. API servers refuse tokens a minute later as well.</remarks>
    public static bool HasOutlived(V1ObjectMeta metadata, DateTimeOffset now, TimeSpan leeway) =>
        metadata.DeletionTimestamp is { } end && now - leeway > end;

    /// <summary>Whether a pod has ended.</summary>
    public static bool HasFinished(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    /// <summary>Whether a pod is bound to a node and neither ended nor overdue; it need not have begun, since its proxy asks before it begins.</summary>
    public static bool IsAlive(V1Pod pod, DateTimeOffset now, TimeSpan leeway) =>
        pod.Spec?.NodeName is { Length: > 0 } && !HasFinished(pod) && !HasOutlived(pod.Metadata, now, leeway);

    /// <summary>Holds a pod against what a token says of it.</summary>
    /// <param name="pod">The pod, which has the token's UID.</param>
    /// <param name="bound">What the token says.</param>
    /// <param name="now">The present.</param>
    /// <param name="leeway">How long it may outlive its time to end.</param>
    /// <returns>The first rule broken.</returns>
    public static AuthenticationError Judge(V1Pod pod, BoundObjects bound, DateTimeOffset now, TimeSpan leeway) => pod switch
    {
        _ when HasFinished(pod) => AuthenticationError.PodFinished,
        _ when HasOutlived(pod.Metadata, now, leeway) => AuthenticationError.PodGone,
        _ when pod.Spec?.ServiceAccountName != bound.Account => AuthenticationError.PodOfOtherAccount,
        _ when bound.Node is not null && pod.Spec?.NodeName != bound.Node => AuthenticationError.PodOnOtherNode,
        _ => AuthenticationError.None,
    };
}

/// <summary>The objects whose life a token shares.</summary>
/// <param name="Namespace">The namespace of all of them.</param>
/// <param name="Account">The service account.</param>
/// <param name="AccountUid">Its UID; null if not known.</param>
/// <param name="Pod">The pod; null if the token is bound to none.</param>
/// <param name="PodUid">Its UID; there with the pod.</param>
/// <param name="Node">The pod's node; null if not known.</param>
internal sealed record BoundObjects(
    string Namespace, string Account, string? AccountUid, string? Pod, string? PodUid, string? Node);
