using System.CommandLine;
using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Queries;
using MeshCA.Storage.Verification;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin;

/// <summary><c>meshca audit verify</c>: whether journal and audit are what the service wrote.</summary>
internal sealed class AuditVerifyVerb : IAdminVerb
{
    private readonly StoreParameters _store = new();

    private readonly Option<string> _checkpoint = new("--checkpoint")
    {
        Description = "A checkpoint from the service's log, to find out whether the whole store was set back",
    };

    /// <inheritdoc />
    public string Name => "audit verify";

    /// <inheritdoc />
    public string Description => "Verify the hash chains and signed checkpoints of journal and audit";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _store.All, _checkpoint];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        CheckpointReference? expected = null;
        if (!_store.TryRead(arguments, out var options, out var fault))
        {
            output.Fail(fault);
            return ExitCode.Usage;
        }

        if (arguments.GetValue(_checkpoint) is { } text && !CheckpointReference.TryParse(text, out expected))
        {
            output.Fail($"`{text}` is no checkpoint as the log prints it");
            return ExitCode.Usage;
        }

        try
        {
            using var store = new StoreInspection(options);
            var report = VerifyReport.Of(await store.VerifyAsync(expected, cancellationToken));
            output.Write(report, AuditJson.Default.VerifyReport, Render);
            return report.Intact ? ExitCode.Ok : ExitCode.Invalid;
        }
        catch (JournalUnavailableException e)
        {
            output.Fail(e.Message);
            return ExitCode.Unavailable;
        }
        catch (KeySealException e)
        {
            output.Fail(e.Message);
            return ExitCode.Failure;
        }
    }

    private static IRenderable Render(VerifyReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        grid.AddRow("verdict", report.Intact ? "intact" : "[red]tampered with[/]");
        grid.AddRow("journal", $"{report.JournalRecords} records, {report.JournalRecordsAfterCheckpoint} after the newest checkpoint");
        grid.AddRow("audit", $"{report.AuditEvents} events, {report.AuditEventsAfterCheckpoint} after the newest checkpoint");
        grid.AddRow("checkpoints", $"{report.Checkpoints}, newest {report.NewestCheckpoint ?? "none"}");
        foreach (var finding in report.Findings)
        {
            grid.AddRow("finding", Markup.Escape(AdminOutput.Printable(finding)));
        }

        return grid;
    }
}

/// <summary>What <c>meshca audit verify</c> prints.</summary>
internal sealed record VerifyReport
{
    public required bool Intact { get; init; }

    public required long JournalRecords { get; init; }

    public required long JournalRecordsAfterCheckpoint { get; init; }

    public required long AuditEvents { get; init; }

    public required long AuditEventsAfterCheckpoint { get; init; }

    public required long Checkpoints { get; init; }

    public required string? NewestCheckpoint { get; init; }

    public required IReadOnlyList<string> Findings { get; init; }

    public static VerifyReport Of(VerificationReport report) => new()
    {
        Intact = report.IsIntact,
        JournalRecords = report.JournalRecords,
        JournalRecordsAfterCheckpoint = report.JournalRecordsAfter,
        AuditEvents = report.AuditEvents,
        AuditEventsAfterCheckpoint = report.AuditEventsAfter,
        Checkpoints = report.Checkpoints,
        NewestCheckpoint = report.NewestCheckpoint?.ToString(),
        Findings = [.. report.Findings.Select(finding => finding.Describe())],
    };
}
