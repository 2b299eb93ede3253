using System.IO;
using System.Reflection;

namespace MeshCA.IntegrationTests.Proxies;

/// <summary>Files of the repository that foreign programs read.</summary>
internal static class RepositoryFile
{
    private static readonly string Root = typeof(RepositoryFile).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryDirectory").Value!;

    /// <summary>The absolute path of a file.</summary>
    public static string PathOf(string name) => Path.GetFullPath(Path.Combine(Root, name));

    /// <summary>A file as users copy it, with other ports and paths.</summary>
    /// <param name="name">The file.</param>
    /// <param name="changes">What stands in it, and what is to stand there; each must be found.</param>
    public static string Read(string name, IEnumerable<(string Written, string Used)> changes) =>
        changes.Aggregate(File.ReadAllText(PathOf(name)), (text, change) => text.Contains(change.Written, StringComparison.Ordinal)
            ? text.Replace(change.Written, change.Used, StringComparison.Ordinal)
            : throw new InvalidOperationException($"`{name}` does not hold `{change.Written}`"));
}
