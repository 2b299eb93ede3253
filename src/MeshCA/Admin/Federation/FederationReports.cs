using System.Globalization;
using System.Text.Json;
using MeshCA.Wire.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Federation;

/// <summary>A federated trust domain, as its verbs print it.</summary>
internal sealed record FederationRow
{
    public required string TrustDomain { get; init; }

    public string? Url { get; init; }

    public string? Profile { get; init; }

    public string? EndpointId { get; init; }

    public required IReadOnlyList<string> Identities { get; init; }

    public required string Actor { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary><c>ok</c>, <c>stale</c> or <c>alarm</c>; null where its bundle is not fetched.</summary>
    public string? Status { get; init; }

    public required IReadOnlyList<string> Alarms { get; init; }

    public ulong? Sequence { get; init; }

    public required int X509Authorities { get; init; }

    public required int JwtAuthorities { get; init; }

    public DateTimeOffset? AcceptedAt { get; init; }

    public DateTimeOffset? CurrentAt { get; init; }

    public DateTimeOffset? EndsAt { get; init; }

    public DateTimeOffset? NextAt { get; init; }

    public required int Failures { get; init; }

    public string? Fault { get; init; }

    public string? FaultDetail { get; init; }

    public required bool Invited { get; init; }

    /// <summary>The sequence of our bundle that it has; null: it never fetched it by its path, or not for long.</summary>
    public long? OurSequence { get; init; }

    public DateTimeOffset? OurSequenceAt { get; init; }

    public static FederationRow Of(FederatedPeer peer) => new()
    {
        TrustDomain = peer.TrustDomain,
        Url = TextOrNull(peer.Url),
        Profile = NameOf(peer.Profile),
        EndpointId = TextOrNull(peer.EndpointId),
        Identities = [.. peer.Identities],
        Actor = peer.Actor,
        CreatedAt = peer.CreatedAt.ToDateTimeOffset(),
        Status = TextOrNull(peer.Status),
        Alarms = [.. peer.Alarms],
        Sequence = peer.HasSequence ? peer.Sequence : null,
        X509Authorities = peer.X509Authorities,
        JwtAuthorities = peer.JwtAuthorities,
        AcceptedAt = peer.AcceptedAt?.ToDateTimeOffset(),
        CurrentAt = peer.CurrentAt?.ToDateTimeOffset(),
        EndsAt = peer.EndsAt?.ToDateTimeOffset(),
        NextAt = peer.NextAt?.ToDateTimeOffset(),
        Failures = peer.Failures,
        Fault = TextOrNull(peer.Fault),
        FaultDetail = TextOrNull(peer.FaultDetail),
        Invited = peer.Invited,
        OurSequence = peer.HasOurSequence ? peer.OurSequence : null,
        OurSequenceAt = peer.OurSequenceAt?.ToDateTimeOffset(),
    };

    /// <summary>The standard's name of a profile.</summary>
    public static string? NameOf(EndpointProfile profile) => profile switch
    {
        EndpointProfile.HttpsWeb => "https_web",
        EndpointProfile.HttpsSpiffe => "https_spiffe",
        _ => null,
    };

    private static string? TextOrNull(string text) => text.Length > 0 ? text : null;
}

/// <summary>What <c>meshca federation list</c> prints.</summary>
internal sealed record FederationListReport(IReadOnlyList<FederationRow> Peers);

/// <summary>What the verbs about one peer print.</summary>
internal sealed record FederationReport
{
    public required FederationRow Peer { get; init; }

    /// <summary>What came of a fetch: <c>updated</c>, <c>unchanged</c>, or what failed; null: nothing was fetched.</summary>
    public string? Outcome { get; init; }

    public string? Detail { get; init; }

    /// <summary>The bundle document; null: there is none, or it was not asked for.</summary>
    public JsonElement? Bundle { get; init; }

    /// <summary>Whether a fetch was asked for and failed.</summary>
    public bool HasFailed => Outcome is not (null or "updated" or "unchanged");

    public static FederationReport Of(FederationAnswer answer, bool withBundle) => new()
    {
        Peer = FederationRow.Of(answer.Peer),
        Outcome = answer.Outcome.Length > 0 ? answer.Outcome : null,
        Detail = answer.Detail.Length > 0 ? answer.Detail : null,
        Bundle = withBundle && !answer.Bundle.IsEmpty ? Parse(answer.Bundle.Span) : null,
    };

    private static JsonElement? Parse(ReadOnlySpan<byte> document)
    {
        var reader = new Utf8JsonReader(document);
        return JsonElement.TryParseValue(ref reader, out var element) ? element : null;
    }
}

/// <summary>How the verbs print what they are told.</summary>
internal static class FederationTables
{
    /// <summary>All peers.</summary>
    public static IRenderable List(FederationListReport report) => AdminTables.Of(
        ["trust domain", "status", "sequence", "roots", "current", "ends", "ours", "from"],
        report.Peers,
        peer =>
        [
            peer.TrustDomain,
            peer.Alarms.Count > 0 ? $"{peer.Status}: {string.Join(", ", peer.Alarms)}" : peer.Status ?? "-",
            Number(peer.Sequence),
            peer.X509Authorities.ToString(CultureInfo.InvariantCulture),
            Time(peer.CurrentAt),
            Time(peer.EndsAt),
            peer.OurSequence?.ToString(CultureInfo.InvariantCulture) ?? (peer.Invited ? "never fetched" : "-"),
            peer.Url is null ? "not fetched" : $"{peer.Profile} {peer.Url}",
        ]);

    /// <summary>One peer, a line each.</summary>
    public static IRenderable One(FederationReport report)
    {
        var (peer, grid) = (report.Peer, new Grid().AddColumn().AddColumn());
        Row("trust domain", peer.TrustDomain);
        Row("fetched from", peer.Url ?? "nowhere: nothing of it is trusted");
        Row("endpoint", peer.EndpointId is null ? peer.Profile : $"{peer.Profile} as {peer.EndpointId}");
        Row("for", peer.Identities.Count > 0 ? string.Join(' ', peer.Identities) : "all identities");
        Row("by", peer.Actor);
        Row("since", Time(peer.CreatedAt));
        Row("fetch", report.Outcome is null ? null : report.Detail is null ? report.Outcome : $"{report.Outcome}: {report.Detail}");
        Row("status", peer.Alarms.Count > 0 ? $"{peer.Status}: {string.Join(", ", peer.Alarms)}" : peer.Status);
        Row("bundle", $"sequence {Number(peer.Sequence)}, {peer.X509Authorities.ToString(CultureInfo.InvariantCulture)} X.509 and {peer.JwtAuthorities.ToString(CultureInfo.InvariantCulture)} JWT authorities, since {Time(peer.AcceptedAt)}");
        Row("current", Time(peer.CurrentAt));
        Row("last authority ends", Time(peer.EndsAt));
        Row("next fetch", peer.NextAt is null ? null : Time(peer.NextAt));
        Row("failed", peer.Failures > 0 ? $"{peer.Failures.ToString(CultureInfo.InvariantCulture)} times, last {peer.Fault}: {peer.FaultDetail}" : null);
        Row("has ours", !peer.Invited ? "unknown: it has no path of its own" : peer.OurSequence is { } ours
            ? $"sequence {ours.ToString(CultureInfo.InvariantCulture)}, seen {Time(peer.OurSequenceAt)}"
            : "never fetched by its path, or not for long");
        return grid;

        void Row(string name, string? value)
        {
            if (value is not null)
            {
                grid.AddRow(new Text(name), new Text(AdminOutput.Printable(value)));
            }
        }
    }

    private static string Number(ulong? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Time(DateTimeOffset? time) => time?.ToString("u", CultureInfo.InvariantCulture) ?? "-";
}
