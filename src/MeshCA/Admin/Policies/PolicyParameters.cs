using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;

namespace MeshCA.Admin.Policies;

/// <summary>The options that say which policies a verb works with, and in which mesh.</summary>
internal sealed class PolicyParameters
{
    private readonly Option<string[]> _policies = new("--policies")
    {
        Description = "Files of policies, or directories of .yaml, .yml and .json files",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _mesh = new("--mesh")
    {
        Description = "File with the mesh's settings, in the form of Istio's MeshConfig; without it Istio's defaults hold",
    };

    private readonly Option<bool> _allowInvalid = new("--allow-invalid")
    {
        Description = "Puts invalid policies in force as they stand; without it they deny what their selector names",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Symbol> All => [_policies, _mesh, _allowInvalid];

    /// <summary>The options of a verb that names its policies otherwise.</summary>
    public IEnumerable<Symbol> WithoutPolicies => [_mesh, _allowInvalid];

    /// <summary>The file with the mesh's settings.</summary>
    public Option<string?> Mesh => _mesh;

    /// <summary>The paths of policies that the command line names.</summary>
    public IReadOnlyList<string> Paths(ParseResult arguments) => arguments.GetValue(_policies) ?? [];

    /// <summary>Reads the settings.</summary>
    /// <returns>The settings; null where their file is refused, which was said then.</returns>
    public async Task<AdmissionSettings?> ReadSettingsAsync(
        ParseResult arguments, AdminOutput output, CancellationToken cancellationToken, WatchedFiles? watched = null)
    {
        var mesh = new MeshSettings();
        if (arguments.GetValue(_mesh) is { } file)
        {
            watched?.Add(file);
            var read = MeshSettingsReader.Read(file, await File.ReadAllBytesAsync(file, cancellationToken), new YamlLimits());
            Report(output, read.Findings);
            if (read.Value is null)
            {
                return null;
            }

            mesh = read.Value;
        }

        return new(mesh, arguments.GetValue(_allowInvalid));
    }

    /// <summary>Reads the policies that the command line names.</summary>
    public async Task<PolicyTexts> ReadPoliciesAsync(ParseResult arguments, CancellationToken cancellationToken) =>
        await ReadPoliciesAsync(Paths(arguments), cancellationToken);

    /// <summary>Reads policies.</summary>
    public static async Task<PolicyTexts> ReadPoliciesAsync(IEnumerable<string> paths, CancellationToken cancellationToken) =>
        PolicyTexts.Read(await PolicyFiles.ReadAsync(paths, cancellationToken), new YamlLimits());

    /// <summary>Says on standard error what is to say about policies; what is only worth knowing is left to <c>policy lint</c>.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="findings">What is to say.</param>
    /// <param name="place">What the findings are about, for those without a file; may be empty.</param>
    public static void Report(AdminOutput output, IEnumerable<Finding> findings, string place = "")
    {
        foreach (var finding in findings.Where(finding => finding.Severity != Severity.Info))
        {
            output.Console.Error.WriteLine(AdminOutput.Printable(place + Describe(finding)));
        }
    }

    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase", Justification = "Severities are printed in lower case.")]
    private static string Describe(Finding finding)
    {
        string?[] parts =
        [
            finding.Location?.ToString(),
            finding.Severity.ToString().ToLowerInvariant(),
            finding.Resource?.ToString(),
            finding.Field.Length == 0 ? null : finding.Field,
            $"{finding.Message} ({finding.Code})" + (finding.Suggestion is { } suggestion ? $"; {suggestion}" : ""),
        ];
        return string.Join(": ", parts.OfType<string>());
    }
}
