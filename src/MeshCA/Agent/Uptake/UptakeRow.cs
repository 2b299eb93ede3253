using System.Globalization;

namespace MeshCA.Agent.Uptake;

/// <summary>A workload without the roots that are served, as people are told of it. All of it is printable.</summary>
internal sealed record UptakeRow
{
    private const int MaxLength = 256;

    /// <summary>The service.</summary>
    public required UptakeKind Kind { get; init; }

    /// <summary>How it stands.</summary>
    public required UptakeStanding Standing { get; init; }

    /// <summary>Its process; 0 where the agent cannot see it.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Its user.</summary>
    public required uint UserId { get; init; }

    /// <summary>The entries that admit it, with commas between; empty: none does any more.</summary>
    public required string Entries { get; init; }

    /// <summary>What it calls itself; empty: nothing.</summary>
    public required string Node { get; init; }

    /// <summary>Since when it stands so.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why it refuses them; empty where it does not.</summary>
    public required string Reason { get; init; }

    /// <summary>Describes a stream.</summary>
    /// <param name="member">The stream.</param>
    /// <param name="entries">The names of its entries.</param>
    public static UptakeRow Of(UptakeMember member, string entries) => new()
    {
        Kind = member.Kind,
        Standing = member.Standing,
        ProcessId = member.Peer.ProcessId,
        UserId = member.Peer.UserId,
        Entries = entries,
        Node = member.Node,
        Since = member.Since,
        Reason = member.Standing == UptakeStanding.Refused ? member.Report.Reason : "",
    };

    /// <summary>The row in one line of at most 256 characters.</summary>
    public override string ToString()
    {
        var through = Kind == UptakeKind.Secrets ? "SDS" : "Workload API";
        var what = Standing switch
        {
            UptakeStanding.Refused => $"refuses the bundle: {Reason}",
            UptakeStanding.Ignored => "does not answer, and is not waited for",
            _ => "has not taken the bundle",
        };
        return Shorten(string.Create(
            CultureInfo.InvariantCulture,
            $"{through}, process {ProcessId} of user {UserId}{(Node.Length > 0 ? $" ({Node})" : "")}, entry {Entries}: {what}"));
    }

    /// <summary>Cuts a text to 256 characters, whole ones.</summary>
    public static string Shorten(string text)
    {
        var cut = MaxLength - 1;
        return text.Length <= MaxLength ? text : text[..(char.IsHighSurrogate(text[cut - 1]) ? cut - 1 : cut)] + "…";
    }
}
