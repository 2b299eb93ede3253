using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Wire.Admin;
using Consumer = MeshCA.Consumers.Consumer;
using RevocationReach = MeshCA.Consumers.RevocationReach;

namespace MeshCA.Rpc.Administration;

/// <summary>Translates revocations into messages.</summary>
internal static class RevocationMessages
{
    /// <summary>Most consumers named in an answer.</summary>
    private const int MaxUnreached = 100;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(500);

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
        Revision = effect.Revision,
    };

    /// <summary>How far a change has got.</summary>
    /// <param name="reach">The counts.</param>
    /// <param name="isVisible">Whose consumers the caller may see, by SPIFFE ID.</param>
    public static Reach Of(RevocationReach reach, Func<string, bool> isVisible) => new()
    {
        Consumers = reach.Consumers,
        InForce = reach.InForce,
        LastAfter = reach.LastAfter is { } last ? Duration.FromTimeSpan(last) : null,
        Late = reach.Late,
        Away = reach.Unreached.Count - reach.Late,
        Silent = reach.Silent,
        Banned = reach.Banned.Count,
        Unreached =
        {
            reach.Unreached.Select(consumer => Of(consumer, isBanned: false)).Concat(reach.Banned.Select(consumer => Of(consumer, isBanned: true)))
                .Where(each => isVisible(each.Identity)).Take(MaxUnreached),
        },
    };

    /// <summary>How long an order may wait, so that its answer leaves before the caller has given it up.</summary>
    /// <param name="wait">How long it is to wait.</param>
    /// <param name="deadline">The call's, in UTC; the largest for none.</param>
    /// <param name="now">The present.</param>
    public static TimeSpan PatienceFor(TimeSpan wait, DateTime deadline, DateTimeOffset now)
    {
        var left = deadline - now.UtcDateTime - AnswerTime;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < wait ? left : wait;
    }

    private static UnreachedConsumer Of(Consumer consumer, bool isBanned) => new()
    {
        Identity = consumer.Identity,
        Instance = consumer.Instance,
        Peer = consumer.Peer,
        Revision = consumer.Revocations ?? 0,
        Connected = consumer.IsConnected,
        Banned = isBanned,
        LastSeen = consumer.LastSeen.ToTimestamp(),
    };

    /// <summary>Reads a length of time.</summary>
    /// <param name="message">The length; untrusted. Null: none.</param>
    /// <param name="longest">What is longer counts as this.</param>
    /// <param name="fault">Makes the exception for one that is none.</param>
    public static TimeSpan? Length(Duration? message, TimeSpan longest, Func<string, RpcException> fault) =>
        message is null ? null
        : message.Seconds < 0 || message.Nanos is < 0 or >= 1_000_000_000 ? throw fault("the length of time is none")
        : message.Seconds >= longest.TotalSeconds ? longest
        : message.ToTimeSpan();

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
