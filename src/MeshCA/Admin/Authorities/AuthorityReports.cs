using System.Globalization;
using System.Text.Json.Serialization;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary>The authorities, as <c>root list</c> and <c>authority list</c> print them.</summary>
internal sealed record AuthorityListReport(ulong Revision, ulong BundleSequence, IReadOnlyList<AuthorityReport> Authorities);

/// <summary>One authority.</summary>
internal sealed record AuthorityReport(
    string Id,
    string Kind,
    string State,
    string Issuer,
    DateTimeOffset Created,
    DateTimeOffset StateSince,
    DateTimeOffset? Tainted,
    DateTimeOffset? NotAfter,
    bool HasKey)
{
    /// <summary>Reads a message.</summary>
    public static AuthorityReport Of(Authority authority) => new(
        authority.Id,
        authority.Kind,
        authority.State,
        authority.Issuer,
        authority.Created.ToDateTimeOffset(),
        authority.StateSince.ToDateTimeOffset(),
        Times.Of(authority.Tainted),
        Times.Of(authority.NotAfter),
        authority.HasKey);
}

/// <summary>A rotation as it stands, or as it would go.</summary>
internal sealed record RotationView(
    RotationRecordView? Rotation,
    IReadOnlyList<ConditionView> Conditions,
    IReadOnlyList<PhaseView> Phases,
    FleetView Fleet,
    DateTimeOffset? Due,
    DateTimeOffset Measured,
    ulong BundleSequence)
{
    /// <summary>Reads a message.</summary>
    public static RotationView Of(Rotation message) => new(
        message.Record is { } record ? RotationRecordView.Of(record) : null,
        [.. message.Conditions.Select(ConditionView.Of)],
        [.. message.Phases.Select(PhaseView.Of)],
        FleetView.Of(message.Fleet),
        Times.Of(message.Due),
        message.Measured.ToDateTimeOffset(),
        message.BundleSequence);
}

/// <summary>What is known of a rotation.</summary>
internal sealed record RotationRecordView(
    ulong Number,
    string Phase,
    string OldRoot,
    string NewRoot,
    DateTimeOffset Started,
    DateTimeOffset PhaseSince,
    string Actor,
    string Reason,
    bool Manual,
    ulong TargetSequence,
    HoldView? Hold)
{
    /// <summary>Whether steps are left.</summary>
    [JsonIgnore]
    public bool IsUnderWay => Phase is "distributing" or "draining" or "withdrawing";

    /// <summary>Reads a message.</summary>
    public static RotationRecordView Of(RotationRecord record) => new(
        record.Number,
        record.Phase,
        record.OldRoot,
        record.NewRoot,
        record.Started.ToDateTimeOffset(),
        record.PhaseSince.ToDateTimeOffset(),
        record.Actor,
        record.Reason,
        record.Manual,
        record.TargetSequence,
        record.Hold is { } hold ? new(hold.Reason, hold.Actor, hold.Since.ToDateTimeOffset(), hold.Automatic) : null);
}

/// <summary>A halt.</summary>
internal sealed record HoldView(string Reason, string Actor, DateTimeOffset Since, bool Automatic);

/// <summary>A condition of the next step.</summary>
internal sealed record ConditionView(string Kind, long Done, long Total, bool Met, DateTimeOffset? Until)
{
    /// <summary>Reads a message.</summary>
    public static ConditionView Of(Condition condition) =>
        new(condition.Kind, condition.Done, condition.Total, condition.Met, Times.Of(condition.Until));
}

/// <summary>A phase of the plan.</summary>
internal sealed record PhaseView(
    string Phase, DateTimeOffset Begins, DateTimeOffset Expected, DateTimeOffset Latest, IReadOnlyList<string> WaitsFor)
{
    /// <summary>Reads a message.</summary>
    public static PhaseView Of(PlannedPhase phase) => new(
        phase.Phase,
        phase.Begins.ToDateTimeOffset(),
        phase.Expected.ToDateTimeOffset(),
        phase.Latest.ToDateTimeOffset(),
        [.. phase.WaitsFor]);
}

/// <summary>The inventory.</summary>
internal sealed record FleetView(
    int Consumers,
    int ConsumersUpdated,
    int Holders,
    int HoldersUpdated,
    int HoldersOverdue,
    long LiveLeaves,
    bool Complete,
    long TargetSequence,
    int LaggardCount,
    IReadOnlyList<LaggardView> Laggards,
    IReadOnlyList<LeavesView> Leaves)
{
    /// <summary>Reads a message.</summary>
    public static FleetView Of(Fleet fleet) => new(
        fleet.Consumers,
        fleet.ConsumersUpdated,
        fleet.Holders,
        fleet.HoldersUpdated,
        fleet.HoldersOverdue,
        fleet.LiveLeaves,
        fleet.Complete,
        fleet.TargetSequence,
        fleet.LaggardCount,
        [.. fleet.Laggards.Select(l => new LaggardView(l.Subject, l.Pod, l.Peer, l.HeldSequence, Times.Of(l.LeafExpires), l.Kind, l.Reason))],
        [.. fleet.Leaves.Select(l => new LeavesView(l.Authority, l.Live, l.LastExpiry.ToDateTimeOffset()))]);
}

/// <summary>Somebody who lacks the new bundle.</summary>
internal sealed record LaggardView(
    string Subject, string Pod, string Peer, long HeldSequence, DateTimeOffset? LeafExpires, string Kind, string Reason);

/// <summary>Unexpired leaves of one authority.</summary>
internal sealed record LeavesView(string Authority, long Live, DateTimeOffset LastExpiry);

/// <summary>What became of an order.</summary>
/// <param name="Done">Whether it was carried out.</param>
/// <param name="Unmet">Where it was not: the conditions that are not met.</param>
/// <param name="StrandedLeaves">Where it was not: unexpired leaves that would no longer verify.</param>
/// <param name="Status">How the rotation stands.</param>
/// <param name="Unmeasured">Whether it was carried out, but what follows from it could not be measured.</param>
internal sealed record OrderReport(bool Done, IReadOnlyList<ConditionView> Unmet, long StrandedLeaves, RotationView Status, bool Unmeasured)
{
    /// <summary>Reads a message.</summary>
    public static OrderReport Of(OrderResponse response) => new(
        response.Refusal is null,
        [.. response.Refusal?.Unmet.Select(ConditionView.Of) ?? []],
        response.Refusal?.StrandedLeaves ?? 0,
        RotationView.Of(response.Rotation),
        response.Unmeasured);
}

/// <summary>A request for a root elsewhere to sign.</summary>
internal sealed record SigningRequestReport(string Id, string CsrPem);

/// <summary>JSON of these reports.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuthorityListReport))]
[JsonSerializable(typeof(AuthorityReport))]
[JsonSerializable(typeof(RotationView))]
[JsonSerializable(typeof(OrderReport))]
[JsonSerializable(typeof(SigningRequestReport))]
internal sealed partial class AuthorityJson : JsonSerializerContext;

/// <summary>Times of messages, and as tables show them.</summary>
internal static class Times
{
    /// <summary>A time that may be missing.</summary>
    public static DateTimeOffset? Of(Timestamp? time) => time?.ToDateTimeOffset();

    /// <summary>To the second, UTC.</summary>
    public static string Text(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A length in its largest two units.</summary>
    public static string Length(TimeSpan length) => length switch
    {
        { Ticks: < 0 } => "0s",
        { TotalDays: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalDays}d {length.Hours}h"),
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalHours}h {length.Minutes}m"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalMinutes}m {length.Seconds}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)length.TotalSeconds}s"),
    };
}

/// <summary>JSON of reports that come one after the other, each in a line.</summary>
[JsonSourceGenerationOptions(WriteIndented = false, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RotationView))]
internal sealed partial class AuthorityLineJson : JsonSerializerContext;
