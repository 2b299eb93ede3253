using System.Globalization;
using System.Text.Json.Serialization;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Revocations;

/// <summary>A ban or revocation, as its verbs print it.</summary>
internal sealed record RevocationRow
{
    public required long Number { get; init; }

    public required string Kind { get; init; }

    public required string Subject { get; init; }

    public required string Reason { get; init; }

    /// <summary>The reason as lists state it.</summary>
    public required string Code { get; init; }

    public required string Actor { get; init; }

    public required DateTimeOffset Time { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public string? Issuer { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The revocation of a key that brought it.</summary>
    public long? Cause { get; init; }

    /// <summary>Number of the first list that names it.</summary>
    public long? PublishedIn { get; init; }

    public static RevocationRow Of(Entry entry) => new()
    {
        Number = entry.Number,
        Kind = entry.Kind,
        Subject = entry.Subject,
        Reason = entry.Reason,
        Code = entry.Code.ToString(),
        Actor = entry.Actor,
        Time = entry.Time.ToDateTimeOffset(),
        ExpiresAt = entry.ExpiresAt?.ToDateTimeOffset(),
        Issuer = entry.Issuer.Length > 0 ? entry.Issuer : null,
        NotAfter = entry.NotAfter?.ToDateTimeOffset(),
        Cause = entry.Cause > 0 ? entry.Cause : null,
        PublishedIn = entry.PublishedIn > 0 ? entry.PublishedIn : null,
    };
}

/// <summary>What a change did; times in milliseconds from the arrival of the order.</summary>
internal sealed record RevocationReport
{
    public required RevocationRow Entry { get; init; }

    /// <summary>Until nothing was issued any more and decisions denied.</summary>
    public required double InForceAfterMs { get; init; }

    /// <summary>Until lists named it; null: none does, or not all of them yet.</summary>
    public double? PublishedAfterMs { get; init; }

    public required long LiveCertificates { get; init; }

    /// <summary>When the last live certificate ends; null: none lives.</summary>
    public DateTimeOffset? LastEnd { get; init; }

    /// <summary>Certificates that lists name because of it.</summary>
    public required int Named { get; init; }

    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>The revision with which all of that is in force; 0: the service is older, and does not say.</summary>
    public required long Revision { get; init; }

    /// <summary>How far it has got; null: the service does not say.</summary>
    public ReachReport? Reach { get; init; }

    public static RevocationReport Of(ChangeResponse response) => new()
    {
        Entry = RevocationRow.Of(response.Entry),
        InForceAfterMs = response.InForceAfter.ToTimeSpan().TotalMilliseconds,
        PublishedAfterMs = response.PublishedAfter?.ToTimeSpan().TotalMilliseconds,
        LiveCertificates = response.LiveCertificates,
        LastEnd = response.LastEnd?.ToDateTimeOffset(),
        Named = response.Named,
        Faults = [.. response.Faults],
        Revision = response.Revision,
        Reach = response.Reach is { } reach ? ReachReport.Of(reach) : null,
    };
}

/// <summary>How far a change has got on the trust bundle's streams.</summary>
internal sealed record ReachReport
{
    /// <summary>Those that acknowledge.</summary>
    public required int Consumers { get; init; }

    public required int InForce { get; init; }

    /// <summary>When the last of them had it in force; null: nobody did.</summary>
    public double? LastAfterMs { get; init; }

    /// <summary>Connected, and without it.</summary>
    public required int Late { get; init; }

    /// <summary>Not connected, and without it.</summary>
    public required int Away { get; init; }

    /// <summary>Connected, and they acknowledge nothing.</summary>
    public required int Silent { get; init; }

    /// <summary>Connected, without it, and banned themselves.</summary>
    public required int Banned { get; init; }

    /// <summary>Some of those that are late, away or banned.</summary>
    public required IReadOnlyList<UnreachedRow> Unreached { get; init; }

    public static ReachReport Of(Reach reach) => new()
    {
        Consumers = reach.Consumers,
        InForce = reach.InForce,
        LastAfterMs = reach.LastAfter?.ToTimeSpan().TotalMilliseconds,
        Late = reach.Late,
        Away = reach.Away,
        Silent = reach.Silent,
        Banned = reach.Banned,
        Unreached = [.. reach.Unreached.Select(UnreachedRow.Of)],
    };
}

/// <summary>A consumer without the change.</summary>
internal sealed record UnreachedRow(string Identity, string Instance, string Peer, long Revision, bool Connected, bool Banned, DateTimeOffset LastSeen)
{
    public static UnreachedRow Of(UnreachedConsumer consumer) => new(
        consumer.Identity, consumer.Instance, consumer.Peer, consumer.Revision, consumer.Connected, consumer.Banned, consumer.LastSeen.ToDateTimeOffset());
}

/// <summary>What <c>meshca ban list</c> prints.</summary>
internal sealed record BanListReport(long Revision, IReadOnlyList<RevocationRow> Bans);

/// <summary>What <c>meshca cert revoked</c> prints.</summary>
internal sealed record RevokedReport(
    long Revision, IReadOnlyList<RevocationRow> Revocations, IReadOnlyList<ListRow> Lists, IReadOnlyList<ListFaultRow> Faults);

/// <summary>A published list.</summary>
internal sealed record ListRow(string Authority, string Number, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, int Certificates)
{
    public static ListRow Of(RevocationList list) => new(
        list.Authority, list.Number, list.ThisUpdate.ToDateTimeOffset(), list.NextUpdate.ToDateTimeOffset(), list.Certificates);
}

/// <summary>What is wrong with an authority's list.</summary>
internal sealed record ListFaultRow(string Authority, string Detail);

/// <summary>How the verbs print what they are told.</summary>
internal static class RevocationTables
{
    /// <summary>An added ban or revocation: what it did, and until when it is not complete.</summary>
    public static IRenderable Added(RevocationReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        Row(grid, "added", Describe(report.Entry));
        Row(grid, "in force", $"after {Milliseconds(report.InForceAfterMs)}: nothing is issued to it, decisions deny it");
        Row(grid, "on lists", report.PublishedAfterMs is { } published
            ? $"after {Milliseconds(published)}: {Number(report.Named)} certificates named"
            : report.Faults.Count > 0 ? "not yet" : "no: a list names certificates");
        Row(grid, "last effect", report.LastEnd is { } end
            ? $"{Time(end)}: until then {Number(report.LiveCertificates)} live certificates pass at peers that check nothing"
            : "now: no certificate lives");
        Reach(grid, report.Reach);
        foreach (var fault in report.Faults)
        {
            Row(grid, "fault", fault);
        }

        return grid;
    }

    /// <summary>A removed one.</summary>
    public static IRenderable Removed(RevocationReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        Row(grid, "removed", Describe(report.Entry));
        Row(grid, "in force", $"after {Milliseconds(report.InForceAfterMs)}");
        Reach(grid, report.Reach);
        return grid;
    }

    /// <summary>Bans.</summary>
    public static IRenderable Bans(BanListReport report) => AdminTables.Of(
        ["#", "kind", "SPIFFE ID", "since", "until", "by", "reason"],
        report.Bans,
        ban => [Number(ban.Number), ban.Kind, ban.Subject, Time(ban.Time), ban.ExpiresAt is { } end ? Time(end) : "-", ban.Actor, ban.Reason]);

    /// <summary>Revocations, and the lists.</summary>
    public static IRenderable Revoked(RevokedReport report) => new Rows(
        AdminTables.Of(
            ["#", "kind", "subject", "since", "ends", "list", "by", "reason"],
            report.Revocations,
            row =>
            [
                Number(row.Number), row.Kind, row.Subject, Time(row.Time), row.NotAfter is { } end ? Time(end) : "-",
                row.PublishedIn is { } number ? Number(number) : "-", row.Actor, row.Reason,
            ]),
        AdminTables.Of(
            ["authority", "list", "certificates", "made", "next by"],
            report.Lists,
            list => [list.Authority, list.Number, Number(list.Certificates), Time(list.ThisUpdate), Time(list.NextUpdate)]),
        AdminTables.Of(["authority", "fault"], report.Faults, fault => [fault.Authority, fault.Detail]));

    private static void Reach(Grid grid, ReachReport? reach)
    {
        if (reach is null)
        {
            return;
        }

        var last = reach.LastAfterMs is { } after ? $", last after {Milliseconds(after)}" : "";
        var away = reach.Away > 0 ? $"; {Number(reach.Away)} not connected" : "";
        var banned = reach.Banned > 0 ? $"; {Number(reach.Banned)} late that are banned themselves" : "";
        var silent = reach.Silent > 0 ? $"; {Number(reach.Silent)} more do not acknowledge, and are not waited for" : "";
        Row(grid, "consumers", $"in force at {Number(reach.InForce)} of {Number(reach.Consumers)}{last}{away}{banned}{silent}");
        foreach (var row in reach.Unreached)
        {
            Row(grid, row.Banned ? "banned" : row.Connected ? "late" : "away", $"{row.Identity} {row.Instance} from {row.Peer}: has revision {Number(row.Revision)}, last seen {Time(row.LastSeen)}");
        }

        var more = reach.Late + reach.Away + reach.Banned - reach.Unreached.Count;
        if (more > 0)
        {
            Row(grid, "", $"and {Number(more)} more");
        }
    }

    private static void Row(Grid grid, string name, string value) => grid.AddRow(new Text(name), new Text(AdminOutput.Printable(value)));

    private static string Describe(RevocationRow row) =>
        $"number {Number(row.Number)}: {row.Kind} {row.Subject}{(row.Reason.Length > 0 ? $" ({row.Reason})" : "")}";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Milliseconds(double time) => string.Create(CultureInfo.InvariantCulture, $"{time:0.0} ms");

    private static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);
}

/// <summary>Serialization of the reports.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RevocationReport))]
[JsonSerializable(typeof(BanListReport))]
[JsonSerializable(typeof(RevokedReport))]
internal sealed partial class RevocationJson : JsonSerializerContext;
