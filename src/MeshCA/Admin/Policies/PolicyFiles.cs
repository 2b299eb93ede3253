using System.IO;
using AuthzEngine.Formats.Yaml;

namespace MeshCA.Admin.Policies;

/// <summary>Reads policies from files and directories.</summary>
internal static class PolicyFiles
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".yaml", ".yml", ".json" };

    /// <summary>Names the files that paths mean: a directory means the YAML and JSON files in it and below, by name.</summary>
    /// <param name="paths">Files and directories.</param>
    /// <returns>The files, each once.</returns>
    /// <exception cref="IOException">A path does not exist, or cannot be read.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths) => [.. paths.SelectMany(Find).Distinct()];

    /// <summary>Reads files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Their texts.</returns>
    public static async Task<IReadOnlyList<PolicyText>> ReadAsync(IEnumerable<string> files, CancellationToken cancellationToken)
    {
        var texts = new List<PolicyText>();
        foreach (var file in files)
        {
            texts.Add(new(file, await File.ReadAllBytesAsync(file, cancellationToken)));
        }

        return texts;
    }

    private static IEnumerable<string> Find(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)
        : File.Exists(path) ? [path]
        : throw new FileNotFoundException($"`{path}` is no file and no directory");
}
