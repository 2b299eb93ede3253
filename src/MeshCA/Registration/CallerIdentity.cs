using MeshCA.Revocations;
using SpiffeIdentity;

namespace MeshCA.Registration;

/// <summary>The authenticated peer: an identity that a verified token or certificate proved, never one that a CSR or header claims.</summary>
/// <param name="Id">The SPIFFE ID proved.</param>
/// <param name="Evidence">What proved it.</param>
internal sealed record CallerIdentity(SpiffeId Id, AuthenticationEvidence Evidence);

/// <summary>How a caller proved its identity; kept with every certificate issued on the strength of it.</summary>
internal sealed record AuthenticationEvidence
{
    /// <summary>Which authenticator succeeded: <c>jwt:NAME</c> with the issuer's or cluster's configured name, <c>tokenreview:CLUSTER</c> where that cluster's API server vouched for the token too, or <c>client-certificate</c>.</summary>
    public required string Authenticator { get; init; }

    /// <summary>When a token last proved this identity: now for a token, for a renewal the time of the token behind the first certificate.</summary>
    public required DateTimeOffset TokenTime { get; init; }

    /// <summary>The token's <c>jti</c>, else the first 16 hexadecimal digits of its SHA-256; for a renewal the serial of the certificate shown.</summary>
    public required string TokenId { get; init; }

    /// <summary>The cluster the token's issuer serves; empty where none is configured.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The pod the token is bound to; null if it is bound to none.</summary>
    public string? PodName { get; init; }

    /// <summary>The UID of that pod.</summary>
    public string? PodUid { get; init; }

    /// <summary>The node that pod runs on, where the token says so.</summary>
    public string? NodeName { get; init; }

    /// <summary>The node proxy that asked, where it asked for another's identity: token and pod are its own. Null where a caller asks for itself.</summary>
    public SpiffeId? RequestedBy { get; init; }

    /// <summary>The pod of the token, seen running in its cluster at this very call; null where no cluster was looked at. Not stored.</summary>
    public LivePod? Live { get; init; }

    /// <summary>The certificate shown, where it is the proof; not stored, its serial is.</summary>
    public CertificateFacts? Shown { get; init; }

    /// <summary>Longest validity the evidence allows (renewal by certificate); null where it sets no bound.</summary>
    public DateTimeOffset? NotAfterLimit { get; init; }
}
