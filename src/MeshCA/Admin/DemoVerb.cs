using System.CommandLine;
using System.IO;
using System.Text.Json.Serialization;
using MeshCA.Demo;
using Spectre.Console;

namespace MeshCA.Admin;

/// <summary><c>meshca demo</c>: the whole service once through, in a temporary directory, checking itself.</summary>
internal sealed class DemoVerb(TimeProvider clock) : IAdminVerb
{
    private const int Steps = 9;

    private readonly Option<bool> _keep = new("--keep") { Description = "Keep the directory with store and certificates" };

    /// <inheritdoc />
    public string Name => "demo";

    /// <inheritdoc />
    public string Description => "Start a service, let two workloads get certificates and talk mTLS, rotate the root under traffic, check every step";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_keep];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var directory = Directory.CreateTempSubdirectory("meshca-demo-");
        try
        {
            var run = new DemoRun(directory.FullName, clock, step => Tell(step, output));
            var steps = await run.RunAsync(cancellationToken);
            var passed = steps.Count == Steps && steps.All(step => step.Passed);
            Sum(new DemoReport(passed, steps, arguments.GetValue(_keep) ? directory.FullName : null), clock.GetElapsedTime(started), output);
            return passed ? ExitCode.Ok : ExitCode.Failure;
        }
        finally
        {
            if (!arguments.GetValue(_keep))
            {
                directory.Delete(recursive: true);
            }
        }
    }

    private static void Tell(DemoStep step, AdminOutput output)
    {
        if (output.Format == OutputFormat.Table)
        {
            var mark = step.Passed ? "[green]ok[/]  " : "[red]FAIL[/]";
            output.Console.Ansi.MarkupLine($"{mark} {Markup.Escape(step.Name)}: {Markup.Escape(AdminOutput.Printable(step.Detail))}");
        }
    }

    private static void Sum(DemoReport report, TimeSpan elapsed, AdminOutput output)
    {
        var passed = report.Steps.Count(step => step.Passed);
        var kept = report.Directory is { } directory ? $", files in {directory}" : "";
        output.Write(report, DemoJson.Default.DemoReport, _ => new Text($"\n{passed} of {Steps} steps passed in {elapsed.TotalSeconds:F1} s{kept}\n"));
    }
}

/// <summary>What <c>meshca demo</c> prints.</summary>
/// <param name="Passed">Whether every step did what it should.</param>
/// <param name="Steps">The steps.</param>
/// <param name="Directory">Where the files are; null where they were deleted.</param>
internal sealed record DemoReport(bool Passed, IReadOnlyList<DemoStep> Steps, string? Directory);

/// <summary>JSON of <see cref="DemoReport"/>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DemoReport))]
internal sealed partial class DemoJson : JsonSerializerContext;
