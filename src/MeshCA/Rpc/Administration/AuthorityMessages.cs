using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Consumers;
using MeshCA.Registration;
using MeshCA.Rotations;
using Messages = MeshCA.Wire.Admin;

namespace MeshCA.Rpc.Administration;

/// <summary>Translates authorities and rotations into messages.</summary>
internal static class AuthorityMessages
{
    /// <summary>Every authority.</summary>
    public static Messages.ListAuthoritiesResponse List(AuthoritySet set, PermittedTrustDomains trustDomains) => new()
    {
        Authorities = { set.Authorities.Select(Of) },
        Revision = set.Revision,
        BundleSequence = set.BundleSequence,
        TrustDomains = { trustDomains.Others.Prepend(trustDomains.Own).Select(domain => domain.Name) },
    };

    /// <summary>How a rotation stands.</summary>
    public static Messages.Rotation Of(RotationReport report)
    {
        var message = new Messages.Rotation
        {
            Conditions = { report.Conditions.Select(Of) },
            Phases = { report.Phases.Select(Of) },
            Fleet = Of(report.Fleet),
            Due = report.DueAt is { } due ? Timestamp.FromDateTimeOffset(due) : null,
            Measured = Timestamp.FromDateTimeOffset(report.At),
            BundleSequence = report.Authorities.BundleSequence,
        };
        if (report.Authorities.Rotation is { } rotation)
        {
            message.Record = Of(rotation);
        }

        return message;
    }

    /// <summary>How the keys of JWT-SVIDs stand.</summary>
    public static Messages.JwtKeyRotation Of(JwtKeyReport report) => new()
    {
        Active = report.Active is { } active ? Of(active) : null,
        Next = report.Next is { } next ? Of(next) : null,
        Conditions = { report.Conditions.Select(Of) },
        Fleet = Of(report.Fleet),
        Due = report.Handover is { } handover ? Timestamp.FromDateTimeOffset(handover.DueAt) : null,
        Latest = report.Handover is { } late ? Timestamp.FromDateTimeOffset(late.LatestAt) : null,
        Leaving = { report.Leaving.Select(Of) },
        ActiveWouldLeave = report.ActiveWouldLeaveAt is { } end ? Timestamp.FromDateTimeOffset(end) : null,
        Measured = Timestamp.FromDateTimeOffset(report.At),
        BundleSequence = report.BundleSequence,
    };

    /// <summary>What is known of a rotation where nothing can be measured.</summary>
    /// <param name="set">The authorities after an order.</param>
    /// <param name="now">The time.</param>
    public static Messages.Rotation OfUnmeasured(AuthoritySet set, DateTimeOffset now)
    {
        var message = new Messages.Rotation
        {
            Fleet = new(),
            Measured = Timestamp.FromDateTimeOffset(now),
            BundleSequence = set.BundleSequence,
        };
        if (set.Rotation is { } rotation)
        {
            message.Record = Of(rotation);
        }

        return message;
    }

    /// <summary>What is known of the keys of JWT-SVIDs where nothing can be measured.</summary>
    /// <param name="set">The authorities after an order.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="KeySealException">A stored key is not one that this version knows.</exception>
    public static Messages.JwtKeyRotation OfUnmeasuredKeys(AuthoritySet set, DateTimeOffset now)
    {
        var keys = JwtKeyLife.AllOf(set);
        return new()
        {
            Active = keys.LastOrDefault(key => key.State == AuthorityState.Active) is { } active ? Of(active) : null,
            Next = keys.LastOrDefault(key => key is { State: AuthorityState.Prepared, IsTainted: false }) is { } next ? Of(next) : null,
            Leaving = { keys.Where(key => key.LastTokenEnds is not null).Select(Of) },
            Fleet = new(),
            Measured = Timestamp.FromDateTimeOffset(now),
            BundleSequence = set.BundleSequence,
        };
    }

    /// <summary>Why somebody would be stranded.</summary>
    public static Messages.OrderRefusal Of(RotationOutcome.Guarded guarded) => new()
    {
        Unmet = { guarded.Unmet.Select(Of) },
        StrandedLeaves = guarded.Leaves,
    };

    /// <summary>An enum's name as messages have it: <c>rolled_back</c>.</summary>
    public static string Word<T>(T value)
        where T : struct, System.Enum
    {
        var word = new StringBuilder();
        foreach (var letter in value.ToString())
        {
            _ = char.IsUpper(letter) && word.Length > 0 ? word.Append('_').Append(char.ToLowerInvariant(letter)) : word.Append(char.ToLowerInvariant(letter));
        }

        return word.ToString();
    }

    private static Messages.Authority Of(AuthorityRecord record) => new()
    {
        Id = record.Id,
        Kind = Word(record.Kind),
        State = Word(record.State),
        Issuer = record.Issuer,
        Created = Timestamp.FromDateTimeOffset(record.CreatedAt),
        StateSince = Timestamp.FromDateTimeOffset(record.StateSince ?? record.CreatedAt),
        Tainted = record.TaintedAt is { } tainted ? Timestamp.FromDateTimeOffset(tainted) : null,
        NotAfter = record.Kind is AuthorityKind.Request or AuthorityKind.JwtKey ? null : Timestamp.FromDateTimeOffset(CertificateEnd.Of(record.Certificate)),
        HasKey = record.HasKey,
        Der = ByteString.CopyFrom(
            record.Kind == AuthorityKind.JwtKey
                ? StoredJwtKey.Read(record.Certificate).PublicKey.SubjectPublicKeyInfo.Span
                : record.Certificate.Span),
    };

    private static Messages.RotationRecord Of(RotationRecord rotation)
    {
        var message = new Messages.RotationRecord
        {
            Number = rotation.Number,
            Phase = Word(rotation.Phase),
            OldRoot = rotation.OldRoot,
            NewRoot = rotation.NewRoot,
            Started = Timestamp.FromDateTimeOffset(rotation.StartedAt),
            PhaseSince = Timestamp.FromDateTimeOffset(rotation.PhaseSince),
            Actor = rotation.Actor,
            Reason = rotation.Reason,
            Manual = rotation.IsManual,
            TargetSequence = rotation.TargetSequence,
        };
        if (rotation.Hold is { } hold)
        {
            message.Hold = new Messages.Halt
            {
                Reason = hold.Reason,
                Actor = hold.Actor,
                Since = Timestamp.FromDateTimeOffset(hold.Since),
                Automatic = hold.IsAutomatic,
            };
        }

        return message;
    }

    private static Messages.JwtKey Of(JwtKeyLife key) => new()
    {
        Id = key.Id,
        Since = Timestamp.FromDateTimeOffset(key.Since),
        Leaves = key.LastTokenEnds is { } end ? Timestamp.FromDateTimeOffset(end) : null,
    };

    private static Messages.Condition Of(RotationCondition condition) => new()
    {
        Kind = Word(condition.Kind),
        Done = condition.Done,
        Total = condition.Total,
        Met = condition.IsMet,
        Until = condition.Until is { } until ? Timestamp.FromDateTimeOffset(until) : null,
    };

    private static Messages.PlannedPhase Of(PlannedPhase phase) => new()
    {
        Phase = Word(phase.Phase),
        Begins = Timestamp.FromDateTimeOffset(phase.Begins),
        Expected = Timestamp.FromDateTimeOffset(phase.Expected),
        Latest = Timestamp.FromDateTimeOffset(phase.Latest),
        WaitsFor = { phase.WaitsFor.Select(kind => Word(kind)) },
    };

    private static Messages.Fleet Of(FleetReport fleet) => new()
    {
        Consumers = fleet.Consumers,
        ConsumersUpdated = fleet.ConsumersUpdated,
        Holders = fleet.Holders,
        HoldersUpdated = fleet.HoldersUpdated,
        HoldersOverdue = fleet.HoldersOverdue,
        LiveLeaves = fleet.LiveLeaves,
        Laggards = { fleet.Laggards.Select(Of) },
        LaggardCount = fleet.LaggardCount,
        Complete = fleet.IsComplete,
        TargetSequence = fleet.TargetSequence,
        Leaves =
        {
            fleet.ByAuthority.Select(pair => new Messages.AuthorityLeaves
            {
                Authority = pair.Key,
                Live = pair.Value.Live,
                LastExpiry = Timestamp.FromDateTimeOffset(pair.Value.LastExpiry),
            }),
        },
    };

    private static Messages.Laggard Of(Laggard laggard) => new()
    {
        Subject = laggard.Subject,
        Pod = laggard.Pod ?? "",
        Peer = laggard.Peer ?? "",
        HeldSequence = laggard.HeldSequence,
        LeafExpires = laggard.LeafExpiresAt is { } end ? Timestamp.FromDateTimeOffset(end) : null,
        Kind = Word(laggard.Kind),
        Reason = laggard.Reason,
    };
}
