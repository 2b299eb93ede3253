using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>A token that its cluster vouched for; its times and the life of its objects are judged anew at each use.</summary>
/// <remarks>Holds no token. A class and not a record, as everything near to secrets.</remarks>
internal sealed class ReviewedToken(SpiffeId id, TokenClaims claims, BoundObjects bound, AuthenticationEvidence evidence)
{
    /// <summary>What it claims.</summary>
    public TokenClaims Claims { get; } = claims;

    /// <summary>What shares its life.</summary>
    public BoundObjects Bound { get; } = bound;

    /// <summary>The key that verified it; null where none was needed.</summary>
    public KeyInForce? Key { get; init; }

    /// <summary>Until when the word of the API server counts.</summary>
    public DateTimeOffset Until { get; init; }

    /// <summary>The caller, authenticated by the token at a moment.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="liveness">What was seen of its pod.</param>
    public CallerIdentity ToCaller(DateTimeOffset now, string cluster, in Liveness liveness)
    {
        var live = liveness.Pod is { Metadata: { Name: { } name, Uid: { } uid } metadata } pod
            ? new LivePod(cluster, Bound.Namespace, Bound.Account, name, uid, pod.Spec?.NodeName ?? "")
            {
                Labels = metadata.Labels ?? System.Collections.Frozen.FrozenDictionary<string, string>.Empty,
            }
            : null;
        var node = live is { Node.Length: > 0 } ? live.Node : evidence.NodeName;
        return new(id, evidence with { TokenTime = now, NodeName = node, Live = live });
    }
}
