using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Wire.Admin;

namespace MeshCA.Rpc.Administration;

/// <summary>Translates revocations into messages.</summary>
internal static class RevocationMessages
{
    /// <summary>A ban or revocation.</summary>
    public static Entry Of(Revocation revocation) => new()
    {
        Number = revocation.Number,
        Kind = Revocation.NameOf(revocation.Kind),
        Subject = revocation.Subject,
        Reason = revocation.Reason,
        Code = (Code)revocation.Code,
        Actor = revocation.Actor,
        Time = Timestamp.FromDateTimeOffset(revocation.Time),
        ExpiresAt = revocation.ExpiresAt is { } end ? Timestamp.FromDateTimeOffset(end) : null,
        Issuer = revocation.Issuer,
        NotAfter = revocation.NotAfter is { } last ? Timestamp.FromDateTimeOffset(last) : null,
        Cause = revocation.Cause,
        PublishedIn = revocation.PublishedIn,
    };

    /// <summary>A published list.</summary>
    public static RevocationList Of(PublishedList list) => new()
    {
        Authority = list.Authority,
        Number = list.Number,
        ThisUpdate = Timestamp.FromDateTimeOffset(list.ThisUpdate),
        NextUpdate = Timestamp.FromDateTimeOffset(list.NextUpdate),
        Certificates = list.Serials.Count,
    };

    /// <summary>A change.</summary>
    public static ChangeResponse Of(Revocation revocation, RevocationEffect effect) => new()
    {
        Entry = Of(revocation),
        InForceAfter = Duration.FromTimeSpan(effect.InForce),
        PublishedAfter = effect.Published is { } published ? Duration.FromTimeSpan(published) : null,
        LiveCertificates = effect.Live,
        LastEnd = effect.LastEnd is { } end ? Timestamp.FromDateTimeOffset(end) : null,
        Named = effect.Named,
        Faults = { effect.Faults },
    };

    /// <summary>Reads a time.</summary>
    /// <param name="message">The time; untrusted. Null: none.</param>
    /// <param name="fault">Makes the exception for one that is none.</param>
    public static DateTimeOffset? Time(Timestamp? message, Func<string, RpcException> fault)
    {
        try
        {
            return message?.ToDateTimeOffset();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw fault("the time is none");
        }
    }

    /// <summary>The status of a refusal.</summary>
    public static StatusCode StatusOf(RevocationRefusal reason) => reason switch
    {
        RevocationRefusal.AlreadyRevoked => StatusCode.AlreadyExists,
        RevocationRefusal.NotFound or RevocationRefusal.CertificateUnknown or RevocationRefusal.AuthorityUnknown => StatusCode.NotFound,
        RevocationRefusal.EndsBeforeItBegins => StatusCode.InvalidArgument,
        RevocationRefusal.TooMany => StatusCode.ResourceExhausted,
        RevocationRefusal.AlreadyPublished or RevocationRefusal.CertificateIsAuthority or RevocationRefusal.AuthorityIsRoot
            or RevocationRefusal.AuthoritySigns => StatusCode.FailedPrecondition,
        _ => throw new UnreachableException(),
    };
}
