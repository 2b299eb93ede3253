using System.Diagnostics;
using Grpc.Core;
using MeshCA.Revocations;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>Why a workload's call is not answered.</summary>
internal enum WorkloadRefusal
{
    /// <summary>The security header is missing, repeated or has another value (Workload API §4.1).</summary>
    NoSecurityHeader,

    /// <summary>No entry admits the caller.</summary>
    NoIdentity,

    /// <summary>Its identity is not here yet, or no longer.</summary>
    NotReady,

    /// <summary>Its identity is banned, or that of the token that it asks about.</summary>
    IdentityBanned,

    /// <summary>Its process, its user, or all together, have as many streams open as they may.</summary>
    TooManyStreams,

    /// <summary>A token for nobody was asked for, or for too many.</summary>
    AudienceMalformed,

    /// <summary>What should name an identity does not.</summary>
    IdMalformed,

    /// <summary>An identity was asked for that is not the caller's.</summary>
    NotEntitled,

    /// <summary>A token to judge is missing or too long.</summary>
    TokenMalformed,

    /// <summary>What it was sent was neither taken nor refused in time, and the agent's acknowledgement waited for it.</summary>
    NotAcknowledged,

    /// <summary>What it says of the bundle in use cannot be read.</summary>
    AcknowledgementMalformed,
}

/// <summary>The statuses of <see cref="WorkloadRefusal"/>. The texts of the first are SPIRE's, which people search logs for.</summary>
internal static class WorkloadStatus
{
    /// <summary>The status of a refusal.</summary>
    public static Status Of(WorkloadRefusal refusal) => refusal switch
    {
        WorkloadRefusal.NoSecurityHeader => new(StatusCode.InvalidArgument, "security header missing from request"),
        WorkloadRefusal.NoIdentity => new(StatusCode.PermissionDenied, "no identity issued"),
        WorkloadRefusal.NotReady => new(StatusCode.Unavailable, "the identity is not available at the moment"),
        WorkloadRefusal.IdentityBanned => new(StatusCode.PermissionDenied, "the identity is banned"),
        WorkloadRefusal.TooManyStreams => new(StatusCode.ResourceExhausted, "too many streams are open"),
        WorkloadRefusal.AudienceMalformed => new(StatusCode.InvalidArgument, "1 to 16 audiences of 1 to 255 bytes are needed"),
        WorkloadRefusal.IdMalformed => new(StatusCode.InvalidArgument, "what was asked for is no SPIFFE ID"),
        WorkloadRefusal.NotEntitled => new(StatusCode.PermissionDenied, "the caller does not have the identity that it asks for"),
        WorkloadRefusal.TokenMalformed => new(StatusCode.InvalidArgument, "one audience and one token are needed"),
        WorkloadRefusal.NotAcknowledged => new(StatusCode.Unavailable, "the trust bundle was not acknowledged in time"),
        WorkloadRefusal.AcknowledgementMalformed => new(StatusCode.InvalidArgument, "a digest has 32 bytes, and a fault at most 512 characters"),
        _ => throw new UnreachableException(),
    };

    /// <summary>The exception of a refusal.</summary>
    public static RpcException Refuse(WorkloadRefusal refusal) => new(Of(refusal));

    /// <summary>The same of a banned identity, with the number and subject of the ban.</summary>
    public static RpcException Refuse(Revocation ban) => new(new(StatusCode.PermissionDenied, $"{Of(WorkloadRefusal.IdentityBanned).Detail}: ban {ban.Describe()}"));
}
