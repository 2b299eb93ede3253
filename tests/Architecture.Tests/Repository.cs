using System.IO;
using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>A text file of the tree.</summary>
/// <param name="Path">Its path from the root, with slashes.</param>
/// <param name="Text">Its content.</param>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The path's parts.</summary>
    public IReadOnlyList<string> Parts => Path.Split('/');

    /// <summary>The name with its ending.</summary>
    public string Name => Parts[^1];

    /// <summary>The content without comments, strings and characters: only what the compiler acts on.</summary>
    public string Code => Literals.Replace(Text, "\"\"");

    private static Regex Literals { get; } = new(
        """"
        //[^\n]* | /\*.*?\*/ | \$*"""+.*?"""+ | (?:\$@|@\$|@)"(?:[^"]|"")*" | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])+'
        """",
        RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace | RegexOptions.Compiled);
}

/// <summary>The tree that these tests judge.</summary>
internal static class Repository
{
    private static readonly string[] Skipped = ["artifacts", ".git", "node_modules", "obj", "bin", "__pycache__"];
    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".targets", ".json", ".md", ".sh", ".proto", ".txt", ".py", ".js", ".yaml", ".yml", ".pem", ".key", ".crt", ".sln", ".editorconfig", ".gitignore"];

    /// <summary>The directory with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every text file.</summary>
    public static IReadOnlyList<SourceFile> Files { get; } = [.. Read(Root).OrderBy(file => file.Path, StringComparer.Ordinal)];

    /// <summary>The C# files under a folder.</summary>
    public static IReadOnlyList<SourceFile> CSharp(string folder) =>
        [.. Files.Where(file => file.Path.StartsWith(folder + "/", StringComparison.Ordinal) && file.Name.EndsWith(".cs", StringComparison.Ordinal))];

    private static IEnumerable<SourceFile> Read(string directory)
    {
        foreach (var child in Directory.EnumerateDirectories(directory).Where(child => !Skipped.Contains(Path.GetFileName(child))))
        {
            foreach (var file in Read(child))
            {
                yield return file;
            }
        }

        foreach (var path in Directory.EnumerateFiles(directory).Where(IsText))
        {
            yield return new SourceFile(Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllText(path));
        }
    }

    private static bool IsText(string path) =>
        TextEndings.Contains(Path.GetExtension(path)) || Path.GetFileName(path) is "Makefile" or "run";

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MeshCA.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("no MeshCA.sln above the tests");
    }
}
