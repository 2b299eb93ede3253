using System.IO;
using MeshCA.Configuration;

namespace MeshCA.PolicySources;

/// <summary>What listing the directory gave.</summary>
internal abstract record DirectoryListing
{
    private DirectoryListing()
    {
    }

    /// <summary>It was listed.</summary>
    /// <param name="Files">Each file by name, with what reading it gave; at least one.</param>
    internal sealed record Listed(IReadOnlyList<(string Name, FileReading Reading)> Files) : DirectoryListing;

    /// <summary>Which files there are is not known, or not believed.</summary>
    /// <param name="Reason">Why: lower case, no period.</param>
    internal sealed record Failed(string Reason) : DirectoryListing;
}

/// <summary>The directory of policies: its own files only, since that is what a mounted ConfigMap looks like.</summary>
/// <param name="options">Path and bounds.</param>
internal sealed class PolicyDirectory(PolicyOptions options)
{
    private const string ConfigMapLink = "..data";
    private const int MaxAttempts = 5;

    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    private readonly string[] _others = [.. new[] { options.MeshFile, options.InventoryFile }.Where(path => path.Length > 0).Select(Path.GetFullPath)];

    /// <summary>Reads all of its files, all from the same side where one link replaces them at once.</summary>
    public DirectoryListing Read()
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var side = FindSide();
            var listing = ReadOnce();
            if (FindSide() == side)
            {
                return listing;
            }
        }

        return new DirectoryListing.Failed("it was replaced each time while it was read");
    }

    // What a swap changes: where the directory leads to, or the link inside that a mounted ConfigMap replaces.
    private (string? Directory, string? Data) FindSide()
    {
        try
        {
            return (
                Directory.ResolveLinkTarget(options.Directory, returnFinalTarget: true)?.FullName,
                new DirectoryInfo(Path.Combine(options.Directory, ConfigMapLink)).LinkTarget);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default; // not there: reading says so
        }
    }

    private DirectoryListing ReadOnce()
    {
        try
        {
            // One more than allowed is enough to know.
            var names = Directory.EnumerateFileSystemEntries(options.Directory)
                .Where(IsPolicyFile)
                .Take(options.MaxFiles + 1)
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal)
                .ToList();
            return names.Count == 0 ? new DirectoryListing.Failed("it holds no policy file; one with a comment alone says that this is meant")
                : names.Count > options.MaxFiles ? new DirectoryListing.Failed($"it holds more than {options.MaxFiles} policy files")
                : Read(names);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DirectoryListing.Failed($"it cannot be listed: {e.Message}");
        }
    }

    private DirectoryListing Read(List<string> names)
    {
        var files = new List<(string, FileReading)>(names.Count);
        long total = 0;
        foreach (var name in names)
        {
            var reading = PolicyFile.Read(Path.Combine(options.Directory, name));
            total += (reading as FileReading.Read)?.Text.Utf8.Length ?? 0;
            if (total > options.MaxTotalBytes)
            {
                return new DirectoryListing.Failed($"its policy files have more than {options.MaxTotalBytes} bytes");
            }

            files.Add((name, reading));
        }

        return new DirectoryListing.Listed(files);
    }

    // Names with a dot in front are the editor's, or the inside of a mounted ConfigMap (`..data`).
    private bool IsPolicyFile(string path) =>
        Path.GetFileName(path) is { } name
        && !name.StartsWith('.')
        && Extensions.Contains(Path.GetExtension(name), StringComparer.Ordinal)
        && !_others.Contains(Path.GetFullPath(path))
        && !Directory.Exists(path);
}
