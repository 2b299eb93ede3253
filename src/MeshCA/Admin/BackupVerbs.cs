using System.CommandLine;
using System.IO;
using System.Text.Json.Serialization;
using MeshCA.Configuration;
using MeshCA.Storage.Backups;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin;

/// <summary>What the three backup verbs share: a store, a file, and a report on what is in it.</summary>
internal abstract class BackupVerb : IAdminVerb
{
    private readonly StoreParameters _store = new();
    private readonly Argument<string> _file = new("FILE") { Description = "The backup" };

    /// <inheritdoc />
    public abstract string Name { get; }

    /// <inheritdoc />
    public abstract string Description { get; }

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_file, .. _store.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!_store.TryRead(arguments, out var options, out var fault))
        {
            output.Fail(fault);
            return ExitCode.Usage;
        }

        var outcome = await RunAsync(options, Path.GetFullPath(arguments.GetRequiredValue(_file)), cancellationToken);
        if (outcome is BackupOutcome.Refused(var error, var message))
        {
            output.Fail(message);
            return error switch
            {
                BackupError.NoBackup or BackupError.Damaged or BackupError.Tampered => ExitCode.Invalid,
                BackupError.NotEmpty => ExitCode.Refused,
                _ => ExitCode.Failure,
            };
        }

        output.Write(BackupReport.Of(outcome), BackupReportJson.Default.BackupReport, Render);
        return ExitCode.Ok;
    }

    /// <summary>Does the work.</summary>
    protected abstract Task<BackupOutcome> RunAsync(StorageOptions options, string file, CancellationToken cancellationToken);

    private static IRenderable Render(BackupReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        grid.AddRow("store", report.StoreId);
        grid.AddRow("made", $"{report.CreatedAt:u}");
        grid.AddRow("journal", $"up to record {report.JournalSequence}, of {report.NewestRecord:u}");
        grid.AddRow("checkpoint", report.Checkpoint ?? "none");
        if (report.KnownUntil is { } known)
        {
            grid.AddRow("gap", $"certificates issued from {known:u} to {report.RestoredAt:u} have no record");
        }

        return grid;
    }
}

/// <summary><c>meshca backup create FILE</c>: a sealed, consistent copy, also while the service runs.</summary>
internal sealed class BackupCreateVerb(TimeProvider clock) : BackupVerb
{
    /// <inheritdoc />
    public override string Name => "backup create";

    /// <inheritdoc />
    public override string Description => "Make a sealed copy of the store, also while the service runs";

    /// <inheritdoc />
    protected override Task<BackupOutcome> RunAsync(StorageOptions options, string file, CancellationToken cancellationToken) =>
        new StoreBackup(options, clock).CreateAsync(file, cancellationToken);
}

/// <summary><c>meshca backup verify FILE</c>: whether a backup is whole and its chains intact.</summary>
internal sealed class BackupVerifyVerb(TimeProvider clock) : BackupVerb
{
    /// <inheritdoc />
    public override string Name => "backup verify";

    /// <inheritdoc />
    public override string Description => "Check that a backup is whole and what is in it intact";

    /// <inheritdoc />
    protected override Task<BackupOutcome> RunAsync(StorageOptions options, string file, CancellationToken cancellationToken) =>
        new StoreBackup(options, clock).VerifyAsync(file, cancellationToken);
}

/// <summary><c>meshca backup restore FILE</c>: a store from a backup, into a directory that has none.</summary>
internal sealed class BackupRestoreVerb(TimeProvider clock) : BackupVerb
{
    /// <inheritdoc />
    public override string Name => "backup restore";

    /// <inheritdoc />
    public override string Description => "Restore a backup into a directory without a store, and report what is missing";

    /// <inheritdoc />
    protected override Task<BackupOutcome> RunAsync(StorageOptions options, string file, CancellationToken cancellationToken) =>
        new StoreRestore(options, clock, NullLoggerFactory.Instance).RestoreAsync(file, cancellationToken);
}

/// <summary>What the backup verbs print.</summary>
internal sealed record BackupReport(
    string StoreId,
    DateTimeOffset CreatedAt,
    long JournalSequence,
    DateTimeOffset? NewestRecord,
    string? Checkpoint,
    DateTimeOffset? KnownUntil,
    DateTimeOffset? RestoredAt)
{
    public static BackupReport Of(BackupOutcome outcome) => outcome switch
    {
        BackupOutcome.Created(var manifest) => Of(manifest, null),
        BackupOutcome.Verified(var manifest, _) => Of(manifest, null),
        BackupOutcome.Restored(var manifest, var gap) => Of(manifest, gap),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static BackupReport Of(BackupManifest manifest, RestoreGap? gap) => new(
        manifest.StoreId,
        manifest.CreatedAt,
        manifest.JournalSequence,
        manifest.NewestRecord,
        manifest.Checkpoint,
        gap?.KnownUntil,
        gap?.RestoredAt);
}

/// <summary>JSON of <see cref="BackupReport"/>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BackupReport))]
internal sealed partial class BackupReportJson : JsonSerializerContext;
