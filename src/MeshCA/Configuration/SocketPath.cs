using System.IO;
using System.Text;

namespace MeshCA.Configuration;

/// <summary>What a path of a Unix socket must be.</summary>
internal static class SocketPath
{
    // unix(7): sun_path, with its end.
    private const int Longest = 107;

    /// <summary>What is wrong with a path; null where nothing is, or where there is none.</summary>
    public static string? FaultOf(string path) =>
        path.Length == 0 || (Path.IsPathFullyQualified(path) && Encoding.UTF8.GetByteCount(path) <= Longest)
            ? null
            : $"`{path}` is no absolute path of at most {Longest} bytes.";
}
