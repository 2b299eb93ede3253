using AuthzEngine.Policies;

namespace MeshCA.PolicySources;

/// <summary>Names of the sources. A file of the directory has its own name, which ends in <c>.yaml</c> or the like and so is none of these.</summary>
/// <remarks>Not its path: the last good versions must be found again under another mount point.</remarks>
internal static class SourceNames
{
    /// <summary>The directory as a whole.</summary>
    public const string Directory = "directory";

    /// <summary>What administrators applied.</summary>
    public const string Applied = "applied";

    /// <summary>The mesh's settings.</summary>
    public const string Mesh = "mesh settings";

    /// <summary>The inventory.</summary>
    public const string Inventory = "inventory";

    /// <summary>The policies of the cluster as a whole.</summary>
    public const string Cluster = "cluster";

    // No file of the directory has a slash in its name.
    private const string WatchedPrefix = Cluster + "/";

    /// <summary>A policy of the cluster.</summary>
    public static string Watched(ResourceId id) => WatchedPrefix + id;

    /// <summary>Whether a name is that of a policy of the cluster.</summary>
    public static bool IsWatched(string name) => name.StartsWith(WatchedPrefix, StringComparison.Ordinal);
}
