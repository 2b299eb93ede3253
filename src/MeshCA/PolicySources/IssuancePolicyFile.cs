using System.IO;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Issuance;
using MeshCA.Policies;

namespace MeshCA.PolicySources;

/// <summary>Reads the file of the issuance policy.</summary>
internal static class IssuancePolicyFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="bounds">What it must fit into.</param>
    public static IssuancePolicyReading Read(string path, IssuanceBounds bounds) => PolicyFile.Read(path) switch
    {
        FileReading.Failed(var reason) => new IssuancePolicyReading.Failed([$"{path}: {reason}"]),

        // What a file looks like that is just being written, or was cut off.
        FileReading.Read({ IsBlank: true }) => new IssuancePolicyReading.Failed([$"{path}: it is empty"]),
        FileReading.Read(var text) => Parse(path, text, bounds),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static IssuancePolicyReading Parse(string path, SourceText text, IssuanceBounds bounds)
    {
        var read = IssuancePolicyReader.Read(Path.GetFileName(path), text.Utf8, bounds);
        return read.Value is { } policy
            ? new IssuancePolicyReading.Read(policy, text.Hash, [.. read.Findings.Select(Print)])
            : new IssuancePolicyReading.Failed([.. read.Findings.Where(finding => finding.Severity == Severity.Error).Select(Print)]);
    }

    private static string Print(Finding finding) =>
        $"{finding.Location}: {(finding.Field.Length > 0 ? $"{finding.Field}: " : "")}{finding.Message}"
        + (finding.Suggestion is { } suggestion ? $" ({suggestion})" : "");
}

/// <summary>What reading the file gave.</summary>
internal abstract record IssuancePolicyReading
{
    private IssuancePolicyReading()
    {
    }

    /// <summary>It holds a policy.</summary>
    /// <param name="Policy">The policy.</param>
    /// <param name="Hash">SHA-256 of the file.</param>
    /// <param name="Warnings">What is to say about it.</param>
    internal sealed record Read(WrittenIssuancePolicy Policy, string Hash, IReadOnlyList<string> Warnings) : IssuancePolicyReading;

    /// <summary>It holds none.</summary>
    /// <param name="Faults">Everything that is wrong, with its place.</param>
    internal sealed record Failed(IReadOnlyList<string> Faults) : IssuancePolicyReading;
}
