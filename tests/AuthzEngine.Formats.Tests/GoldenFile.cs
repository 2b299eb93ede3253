using System.IO;
using System.Runtime.CompilerServices;
using Xunit;

namespace AuthzEngine.Formats.Tests;

/// <summary>Pairs of files under testdata: <c>case-in.yaml</c> and what is made of it, <c>case-out</c>.</summary>
internal static class GoldenFile
{
    /// <summary>Reads the input of a case.</summary>
    /// <param name="area">Folder under testdata.</param>
    /// <param name="name">The case.</param>
    /// <returns>The text.</returns>
    public static string Input(string area, string name) => File.ReadAllText(PathOf(area, name + "-in.yaml"));

    /// <summary>Reads the input of a case as bytes.</summary>
    /// <param name="area">Folder under testdata.</param>
    /// <param name="name">The case.</param>
    /// <returns>The bytes.</returns>
    public static byte[] Bytes(string area, string name) => File.ReadAllBytes(PathOf(area, name + "-in.yaml"));

    /// <summary>Reads what stands beside a case.</summary>
    /// <param name="area">Folder under testdata.</param>
    /// <param name="file">Name of the file.</param>
    /// <returns>The bytes; null where there is no such file.</returns>
    public static byte[]? Beside(string area, string file) => File.Exists(PathOf(area, file)) ? File.ReadAllBytes(PathOf(area, file)) : null;

    /// <summary>Names the cases of an area.</summary>
    /// <param name="area">Folder under testdata.</param>
    /// <returns>The names.</returns>
    public static IEnumerable<string> Cases(string area) =>
        from file in Directory.EnumerateFiles(Path.GetDirectoryName(PathOf(area, "x"))!, "*-in.yaml")
        let name = Path.GetFileName(file)
        orderby name
        select name[..^"-in.yaml".Length];

    /// <summary>Compares with the expected output; <c>UPDATE_GOLDEN=1</c> writes it, and the diff is reviewed.</summary>
    /// <param name="area">Folder under testdata.</param>
    /// <param name="name">The case.</param>
    /// <param name="actual">What was made.</param>
    /// <param name="ending">Ending of the output's file.</param>
    public static void Matches(string area, string name, string actual, string ending = ".txt")
    {
        var path = PathOf(area, name + "-out" + ending);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.Exists(path) ? File.ReadAllText(path) : "", actual);
    }

    private static string PathOf(string area, string file, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "testdata", area, file);
}
