using System.IO;

namespace Architecture.Tests;

/// <summary>Files that hold an expected text; <c>UPDATE_GOLDEN=1</c> rewrites them, and the diff is reviewed.</summary>
internal static class Golden
{
    /// <summary>Compares lines with a golden file.</summary>
    /// <param name="name">The file's name under <c>golden/</c>.</param>
    /// <param name="lines">What is there now.</param>
    public static void Matches(string name, IEnumerable<string> lines)
    {
        var path = Path.Combine(Repository.Root, "tests", "Architecture.Tests", "golden", name);
        var actual = lines.ToList();
        if (IsUpdating)
        {
            File.WriteAllLines(path, actual);
        }

        Verdict.None(Difference(name, File.ReadAllLines(path), actual));
    }

    /// <summary>Whether golden files are to be rewritten.</summary>
    public static bool IsUpdating => Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    /// <summary>The lines that are on one side only.</summary>
    public static IEnumerable<string> Difference(string name, IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        var missing = expected.Except(actual).Select(line => $"{name}: gone: {line}");
        var added = actual.Except(expected).Select(line => $"{name}: new: {line} (UPDATE_GOLDEN=1 takes it in)");
        var order = expected.Count == actual.Count && expected.Except(actual).Any() is false && !expected.SequenceEqual(actual)
            ? [$"{name}: the order changed"]
            : Array.Empty<string>();
        return [.. missing, .. added, .. order];
    }
}
