using System.CommandLine;
using System.IO;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Linting;
using AuthzEngine.Formats.Yaml;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy lint FILES</c>: what is wrong with policies, and what will not have been meant.</summary>
internal sealed class PolicyLintVerb : IAdminVerb
{
    private readonly PolicyParameters _parameters = new();

    private readonly Argument<string[]> _files = new("FILES")
    {
        Description = "Files of policies, or directories of .yaml, .yml and .json files; they are looked at together",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _inventory = new("--inventory")
    {
        Description = "File with the workloads, namespaces and services there are; without it nothing is said to be missing",
    };

    /// <inheritdoc />
    public string Name => "policy lint";

    /// <inheritdoc />
    public string Description => "Report what is wrong with policies, and what their authors will not have meant; ends with 1 on errors";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_files, _parameters.Mesh, _inventory];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var sources = new LintSources(await PolicyFiles.ReadAsync(arguments.GetRequiredValue(_files), cancellationToken))
        {
            Mesh = await ReadAsync(arguments.GetValue(_parameters.Mesh), cancellationToken),
            Inventory = await ReadAsync(arguments.GetValue(_inventory), cancellationToken),
        };
        var findings = PolicyLinter.Lint(sources, new YamlLimits());
        output.WriteLine([.. findings.Select(LintFinding.Of)], PolicyReportJson.Default.IReadOnlyListLintFinding, LintReport.ToText);
        return findings.Any(finding => finding.Severity == Severity.Error) ? ExitCode.Failure : ExitCode.Ok;
    }

    private static async Task<PolicyText?> ReadAsync(string? file, CancellationToken cancellationToken) =>
        file is null ? null : new(file, await File.ReadAllBytesAsync(file, cancellationToken));
}
