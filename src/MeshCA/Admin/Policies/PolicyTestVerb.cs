using System.CommandLine;
using System.IO;
using System.Text;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.PolicyTests;
using AuthzEngine.Formats.Yaml;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy test FILES</c>: tests of policies, and which rules they reach.</summary>
/// <param name="clock">Waits between two looks at watched files.</param>
internal sealed class PolicyTestVerb(TimeProvider clock) : IAdminVerb
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(500);

    private readonly PolicyParameters _parameters = new();

    private readonly Argument<string[]> _files = new("FILES")
    {
        Description = "Files with tests, or directories of them",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _watch = new("--watch")
    {
        Description = "Runs the tests again whenever a file changes, until a signal",
    };

    /// <inheritdoc />
    public string Name => "policy test";

    /// <inheritdoc />
    public string Description => "Run tests of policies, and show which rules no test reaches";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_files, .. _parameters.All, _watch];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!arguments.GetValue(_watch))
        {
            return await RunOnceAsync(arguments, output, new(), cancellationToken);
        }

        while (true)
        {
            var watched = new WatchedFiles();
            try
            {
                _ = await RunOnceAsync(arguments, output, watched, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                output.Fail(exception.Message); // a file that is being replaced is there again soon
            }

            await output.Console.Out.FlushAsync(cancellationToken);
            await watched.WaitForChangeAsync(WatchInterval, clock, cancellationToken);
        }
    }

    private async Task<ExitCode> RunOnceAsync(
        ParseResult arguments, AdminOutput output, WatchedFiles watched, CancellationToken cancellationToken)
    {
        if (await _parameters.ReadSettingsAsync(arguments, output, cancellationToken, watched) is not { } settings)
        {
            return ExitCode.Invalid;
        }

        var (results, run) = (new List<PolicyTestResult>(), new PolicyTestRun(settings));
        foreach (var text in await PolicyFiles.ReadAsync(arguments.GetRequiredValue(_files), cancellationToken, watched))
        {
            var tests = PolicyTestReader.Read(text.Name, text.Utf8, new YamlLimits());
            PolicyParameters.Report(output, tests.Findings);
            if (tests.Findings.Any(finding => finding.Severity == Severity.Error))
            {
                return ExitCode.Invalid;
            }

            foreach (var file in tests.Files)
            {
                var policies = await PoliciesOfAsync(arguments, file, text.Name, watched, cancellationToken);
                PolicyParameters.Report(output, policies.Admit(settings).Findings);
                results.AddRange(run.Run(file.Tests, policies));
            }
        }

        return Report(TestReport.Of(results, run.Coverage), output);
    }

    private static ExitCode Report(TestReport report, AdminOutput output)
    {
        if (report.Tests.Count == 0)
        {
            output.Fail($"there is no test in these files: a document of kind {PolicyTestReader.Kind} is wanted");
            return ExitCode.Invalid;
        }

        output.WriteLine(report, PolicyReportJson.Default.TestReport, tests => tests.ToText());
        return report.Failed == 0 ? ExitCode.Ok : ExitCode.Failure;
    }

    // Those of the command line; else those that the file names or holds; else those that stand beside it.
    private async Task<PolicyTexts> PoliciesOfAsync(
        ParseResult arguments, PolicyTestFile file, string path, WatchedFiles watched, CancellationToken cancellationToken)
    {
        var directory = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        var given = _parameters.Paths(arguments);
        var paths = given.Count > 0 ? given
            : file.PoliciesYaml is null && file.Policies.Count == 0 ? [directory]
            : file.Policies.Select(relative => Path.Combine(directory, relative));
        var texts = await PolicyFiles.ReadAsync(paths, cancellationToken, watched);
        return given.Count == 0 && file.PoliciesYaml is { } yaml
            ? PolicyTexts.Read([.. texts, new($"{path}#policies_yaml", Encoding.UTF8.GetBytes(yaml))], new YamlLimits())
            : PolicyTexts.Read(texts, new YamlLimits());
    }
}
