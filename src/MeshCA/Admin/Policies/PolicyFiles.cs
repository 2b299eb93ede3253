using System.IO;
using AuthzEngine.Formats.Yaml;

namespace MeshCA.Admin.Policies;

/// <summary>Reads policies from files and directories.</summary>
internal static class PolicyFiles
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".yaml", ".yml", ".json" };

    /// <summary>Reads files; a directory means the YAML and JSON files in it and below, by name.</summary>
    /// <param name="paths">Files and directories.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="watched">Remembers what is read; null: nobody does.</param>
    /// <returns>The text of each file, once.</returns>
    /// <exception cref="IOException">A path does not exist, or cannot be read.</exception>
    public static async Task<IReadOnlyList<PolicyText>> ReadAsync(
        IEnumerable<string> paths, CancellationToken cancellationToken, WatchedFiles? watched = null)
    {
        var texts = new List<PolicyText>();
        foreach (var file in paths.SelectMany(path => Find(path, watched)).Distinct())
        {
            watched?.Add(file);
            texts.Add(new(file, await File.ReadAllBytesAsync(file, cancellationToken)));
        }

        return texts;
    }

    /// <summary>Names the YAML and JSON files in a directory and below, by name.</summary>
    /// <param name="directory">The directory.</param>
    /// <returns>The files.</returns>
    public static IEnumerable<string> In(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Find(string path, WatchedFiles? watched)
    {
        watched?.Add(path);
        return Directory.Exists(path) ? In(path)
            : File.Exists(path) ? [path]
            : throw new FileNotFoundException($"`{path}` is no file and no directory");
    }
}
