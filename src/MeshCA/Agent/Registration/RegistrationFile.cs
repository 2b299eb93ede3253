using System.Collections.Immutable;
using System.IO;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Registration;
using MeshCA.Policies;
using MeshCA.PolicySources;
using SpiffeIdentity;

namespace MeshCA.Agent.Registration;

/// <summary>Reads a registration file.</summary>
internal static class RegistrationFile
{
    private static readonly RegistrationBounds Bounds = new() { FaultOfId = FaultOfId };

    /// <summary>Reads it.</summary>
    /// <param name="path">Its path.</param>
    public static RegistrationReading Read(string path) => PolicyFile.Read(path) switch
    {
        FileReading.Failed(var reason) => new RegistrationReading.Failed([$"{path}: {reason}"]),

        // What a file looks like that is just being written, or was cut off.
        FileReading.Read({ IsBlank: true }) => new RegistrationReading.Failed([$"{path}: it is empty"]),
        FileReading.Read { IsBeingWritten: true } => new RegistrationReading.Unsettled(),
        FileReading.Read(var text) => Parse(Path.GetFileName(path), text),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Reads its text.</summary>
    /// <param name="name">Stands for it in faults.</param>
    /// <param name="text">YAML or JSON; untrusted.</param>
    public static RegistrationReading Parse(string name, SourceText text)
    {
        var read = RegistrationReader.Read(name, text.Utf8, Bounds);
        return read.Value is { } written
            ? new RegistrationReading.Read([.. written.Entries.Select(Of)], text.Hash)
            : new RegistrationReading.Failed([.. read.Findings.Where(finding => finding.Severity == Severity.Error).Select(Print)]);
    }

    private static RegistrationEntry Of(WrittenEntry entry) => new()
    {
        Name = entry.Name,
        Id = entry.SpiffeId.Length > 0 ? SpiffeId.Parse(entry.SpiffeId) : null,
        Selectors = [.. entry.Selectors.Select(Of)],
        Hint = entry.Hint,
        TokenFile = entry.TokenFile.Length > 0 ? entry.TokenFile : null,
    };

    private static Selector Of(WrittenSelector selector) => selector.Kind switch
    {
        WrittenSelectorKind.UserId => new Selector.UserId(selector.Number),
        WrittenSelectorKind.GroupId => new Selector.GroupId(selector.Number),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string? FaultOfId(string text) =>
        !SpiffeId.TryParse(text, out var id, out var error) ? $"it is no SPIFFE ID: {error} (SPIFFE-ID §2)"
        : id.IsTrustDomainId ? "a workload's identity has a path (X509-SVID §2)"
        : null;

    private static string Print(Finding finding) =>
        $"{finding.Location}: {(finding.Field.Length > 0 ? $"{finding.Field}: " : "")}{finding.Message}"
        + (finding.Suggestion is { } suggestion ? $" ({suggestion})" : "");
}

/// <summary>What reading a registration file gave.</summary>
internal abstract record RegistrationReading
{
    private RegistrationReading()
    {
    }

    /// <summary>It holds entries.</summary>
    /// <param name="Entries">The entries.</param>
    /// <param name="Hash">SHA-256 of the file.</param>
    internal sealed record Read(ImmutableArray<RegistrationEntry> Entries, string Hash) : RegistrationReading;

    /// <summary>It holds none.</summary>
    /// <param name="Faults">Everything that is wrong, with its place.</param>
    internal sealed record Failed(IReadOnlyList<string> Faults) : RegistrationReading;

    /// <summary>It is being written: half of it might look whole.</summary>
    internal sealed record Unsettled : RegistrationReading;
}
