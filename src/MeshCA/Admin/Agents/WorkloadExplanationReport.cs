using MeshCA.Wire.Agent;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Agents;

/// <summary>What <c>meshca agent explain</c> prints.</summary>
internal sealed record WorkloadExplanationReport
{
    /// <summary>The process; 0 where none was asked about.</summary>
    public required int ProcessId { get; init; }

    /// <summary>What selectors are held against.</summary>
    public required IReadOnlyList<string> Facts { get; init; }

    /// <summary>`READY`, `NOT_YET`, `BANNED` or `NEVER`.</summary>
    public required string Standing { get; init; }

    /// <summary>All entries, the nearest first.</summary>
    public required IReadOnlyList<ExplainedEntryRow> Entries { get; init; }

    /// <summary>Why the registration file as it is now is not in force.</summary>
    public required IReadOnlyList<string> RegistrationFaults { get; init; }

    /// <summary>How many streams the process has open.</summary>
    public required int OpenStreams { get; init; }

    /// <summary>Takes one off the wire.</summary>
    public static WorkloadExplanationReport Of(ExplainWorkloadResponse response) => new()
    {
        ProcessId = response.ProcessId,
        Facts = [.. response.Facts],
        Standing = response.Standing,
        Entries = [.. response.Entries.Select(ExplainedEntryRow.Of)],
        RegistrationFaults = [.. response.RegistrationFaults],
        OpenStreams = response.OpenStreams,
    };

    /// <summary>For people.</summary>
    public static IRenderable Render(WorkloadExplanationReport report)
    {
        var rows = new List<IRenderable>
        {
            Line($"{(report.ProcessId > 0 ? $"process {report.ProcessId}: " : "")}{string.Join(' ', report.Facts)}; {Meaning(report)}"),
            AdminTables.Of(
                ["entry", "identity", "admits", "selectors", "held"],
                report.Entries,
                entry =>
                [
                    entry.Name,
                    entry.SpiffeId.Length > 0 ? entry.SpiffeId : "(as the CA gives)",
                    entry.LeftOut ? "yes, left out" : entry.Admits ? "yes" : "no",
                    entry.Selectors.Count == 0 ? "(everybody)" : string.Join(' ', entry.Selectors.Select(selector => selector.Holds ? selector.Text : $"{selector.Text} (does not hold)")),
                    (entry.SerialNumber is { } serial ? $"{entry.HeldId} {serial} until {entry.NotAfter:u}" : "nothing yet")
                        + (entry.Ban.Length > 0 ? $" (banned, and given to nobody: ban {entry.Ban})" : ""),
                ]),
        };
        if (report.Entries.Count(entry => entry.LeftOut) is > 0 and var leftOut)
        {
            rows.Add(Line($"{leftOut} of its identities do not fit into a message of the Workload API and are left out there; SDS and FetchJWTSVID give them by their SPIFFE IDs"));
        }

        rows.AddRange(report.RegistrationFaults.Select(fault => Line($"the registration file is wrong, and not in force: {fault}")));
        return new Rows(rows);
    }

    private static string Meaning(WorkloadExplanationReport report) => report.Standing switch
    {
        "READY" => "it gets identities",
        "NOT_YET" => "an entry admits it, and its identity is not there yet: see `meshca agent status`",
        "BANNED" => "it gets none: what it would get is banned",
        _ when report.Entries.Count == 0 => "it gets none: there are no entries",
        _ => "it gets none: no entry admits it; the nearest stand first",
    };

    private static Text Line(string text) => new(AdminOutput.Printable(text));
}

/// <summary>An entry, as it looks to the process.</summary>
internal sealed record ExplainedEntryRow
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The identity that is asked for; empty: whichever the CA gives.</summary>
    public required string SpiffeId { get; init; }

    /// <summary>Whether every selector holds.</summary>
    public required bool Admits { get; init; }

    /// <summary>Whether the process has it, and does not find it among its X509-SVIDs because the message is full before.</summary>
    public required bool LeftOut { get; init; }

    /// <summary>The selectors.</summary>
    public required IReadOnlyList<ExplainedSelectorRow> Selectors { get; init; }

    /// <summary>The identity that is held; null: none.</summary>
    public string? HeldId { get; init; }

    /// <summary>Its serial in lower-case hexadecimal.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>End of its validity.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>What bans its identity; empty: nothing.</summary>
    public required string Ban { get; init; }

    /// <summary>Takes one off the wire.</summary>
    public static ExplainedEntryRow Of(ExplainedEntry entry) => new()
    {
        Name = entry.Name,
        SpiffeId = entry.SpiffeId,
        Admits = entry.Admits,
        LeftOut = entry.LeftOut,
        Selectors = [.. entry.Selectors.Select(selector => new ExplainedSelectorRow(selector.Text, selector.Holds))],
        HeldId = entry.Held?.SpiffeId,
        SerialNumber = entry.Held?.SerialNumber,
        NotAfter = entry.Held?.NotAfter?.ToDateTimeOffset(),
        Ban = entry.Ban,
    };
}

/// <summary>A selector of an entry.</summary>
/// <param name="Text">As it is written.</param>
/// <param name="Holds">Whether it holds for the process.</param>
internal sealed record ExplainedSelectorRow(string Text, bool Holds);
