using System.CommandLine;
using System.IO;
using AuthzEngine.Admission;
using AuthzEngine.Analysis.Differences;
using AuthzEngine.Compilation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Policies;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy diff OLD NEW</c>: which resources and which decisions change.</summary>
internal sealed class PolicyDiffVerb : IAdminVerb
{
    private const int MostProbes = 20_000;

    private readonly PolicyParameters _parameters = new();
    private readonly Argument<string> _old = new("OLD") { Description = "File or directory of the policies in force" };
    private readonly Argument<string> _new = new("NEW") { Description = "File or directory of the policies to compare with" };

    private readonly Option<string[]> _workloads = new("--workload")
    {
        Description = "A workload, `namespace` or `namespace/label=value`, given any number of times; without it, all that selectors make up",
    };

    private readonly Option<string?> _requests = new("--requests")
    {
        Description = "File of requests as `policy decide` reads them, or a decision log; `-` is standard input",
    };

    /// <inheritdoc />
    public string Name => "policy diff";

    /// <inheritdoc />
    public string Description => "Show which resources and which decisions change from one set of policies to another";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_old, _new, .. _parameters.WithoutPolicies, _workloads, _requests];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!TryReadWorkloads(arguments, output, out var workloads))
        {
            return ExitCode.Usage;
        }

        if (await _parameters.ReadSettingsAsync(arguments, output, cancellationToken) is not { } settings)
        {
            return ExitCode.Invalid;
        }

        var old = await PolicyParameters.ReadPoliciesAsync([arguments.GetRequiredValue(_old)], cancellationToken);
        var current = await PolicyParameters.ReadPoliciesAsync([arguments.GetRequiredValue(_new)], cancellationToken);
        var (before, after) = (old.Admit(settings), current.Admit(settings));
        PolicyParameters.Report(output, [.. before.Findings, .. after.Findings]);

        var requests = await CompareAsync(arguments, new(old, settings), new(current, settings), output, cancellationToken);
        if (requests is null)
        {
            return ExitCode.Invalid;
        }

        var report = Compare(before.Resources, after.Resources, settings.Mesh, workloads, requests);
        output.WriteLine(report, PolicyReportJson.Default.DiffReport, difference => difference.ToText());
        return ExitCode.Ok;
    }

    private static DiffReport Compare(
        ResourceSet before, ResourceSet after, MeshSettings mesh, List<Workload> workloads, List<DiffedRequest> requests)
    {
        var resources = ResourceDifferences.Between(before.Resources, after.Resources);
        var decisions = DecisionDifferences.Search(
            PolicySet.Compile(before, mesh),
            PolicySet.Compile(after, mesh),
            resources.Select(difference => difference.Id).ToHashSet(),
            workloads.Count > 0 ? workloads : AffectedWorkloads.Of([.. before.Resources, .. after.Resources], mesh),
            MostProbes);
        return DiffReport.Of(resources, decisions, requests);
    }

    private bool TryReadWorkloads(ParseResult arguments, AdminOutput output, out List<Workload> workloads)
    {
        workloads = [];
        foreach (var text in arguments.GetValue(_workloads) ?? [])
        {
            if (!WorkloadText.TryParse(text, out var workload))
            {
                output.Fail($"`{text}` is no workload");
                return false;
            }

            workloads.Add(workload);
        }

        return true;
    }

    private async Task<List<DiffedRequest>?> CompareAsync(
        ParseResult arguments, LineDecider before, LineDecider after, AdminOutput output, CancellationToken cancellationToken)
    {
        var differences = new List<DiffedRequest>();
        if (arguments.GetValue(_requests) is not { } file)
        {
            return differences;
        }

        await using var lines = new LineReader(file == "-" ? output.Console.OpenInput() : File.OpenRead(file));
        await foreach (var line in lines.AllAsync(cancellationToken))
        {
            // A fault is one of the line: both find the same.
            _ = before.Decide(line, out var old);
            if (after.Decide(line, out var current) is { } fault)
            {
                output.Fail($"`{file}`, line {lines.Count}: {fault}");
                return null;
            }

            if (DecisionDifferences.Differ(old.Decision, current.Decision))
            {
                differences.Add(new(lines.Count, DiffedOutcome.Of(old), DiffedOutcome.Of(current)));
            }
        }

        return differences;
    }
}
