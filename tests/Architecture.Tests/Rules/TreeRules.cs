using System.Text.RegularExpressions;

namespace Architecture.Tests.Rules;

/// <summary>Rules over every text file of the tree.</summary>
internal static partial class TreeRules
{
    // Written in halves, so that this file obeys its own rule.
    private static readonly string[] RegistryHosts =
    [
        "nuget" + ".org", "npmjs" + ".org", "npmjs" + ".com", "yarnpkg" + ".com", "pypi" + ".org", "pythonhosted" + ".org",
        "deb." + "debian.org", "snapshot." + "debian.org", "security." + "debian.org", "proxy.golang" + ".org", "crates" + ".io",
        "pkgs.dev." + "azure.com", "docker" + ".io", "ghcr" + ".io",
    ];

    /// <summary>What is left to do has an issue.</summary>
    public static IEnumerable<string> OpenWorkHasAnIssue(IEnumerable<SourceFile> files) =>
        Lines(files.Where(file => !file.Name.EndsWith(".md", StringComparison.Ordinal)), OpenWork(), "open work without an issue");

    /// <summary>No private key is checked in; tests make theirs.</summary>
    public static IEnumerable<string> NoPrivateKeys(IEnumerable<SourceFile> files) =>
        from file in files
        where PrivateKey().IsMatch(file.Text)
        select $"{file.Path}: holds a private key";

    /// <summary>No file names a package registry: the machine's configuration does.</summary>
    public static IEnumerable<string> NoRegistryHosts(IEnumerable<SourceFile> files) =>
        from file in files
        from host in RegistryHosts
        where file.Text.Contains(host, StringComparison.OrdinalIgnoreCase)
        select $"{file.Path}: names {host}";

    /// <summary>No file holds a path of the machine it was written on.</summary>
    public static IEnumerable<string> NoMachinePaths(IEnumerable<SourceFile> files) => Lines(files, MachinePath(), "a path of one machine");

    /// <summary>Every file of test data is named in a test, itself or by its folder.</summary>
    public static IEnumerable<string> NoOrphanedTestData(IReadOnlyList<SourceFile> files) =>
        from file in files
        let at = file.Parts.ToList().IndexOf("testdata")
        where file.Parts[0] == "tests" && at > 0
        let stem = file.Name.Split('.')[0]
        where !files.Any(source => source.Name.EndsWith(".cs", StringComparison.Ordinal)
            && source.Parts.Take(2).SequenceEqual(file.Parts.Take(2))
            && (source.Text.Contains(stem, StringComparison.Ordinal)
                || (file.Parts.Count > at + 2 && source.Text.Contains(file.Parts[^2], StringComparison.Ordinal))))
        select $"{file.Path}: no test names it";

    private static IEnumerable<string> Lines(IEnumerable<SourceFile> files, Regex pattern, string message) =>
        from file in files
        from line in file.Text.Split('\n').Index()
        where pattern.IsMatch(line.Item)
        select $"{file.Path}:{line.Index + 1}: {message}";

    [GeneratedRegex(@"\b(?:TO[D]O(?!\(#\d+\))|FIX[M]E|XX[X])\b")]
    private static partial Regex OpenWork();

    [GeneratedRegex(@"-----BEGIN ([A-Z]+ )*PRIVATE KEY-----(\\[nr]|[\s""+])*(MI|[A-Za-z0-9+/]{40})")]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"(?<![\w.])(/wor[k]/(shared|main|wt-)|/hom[e]/\w+/|/roo[t]/\.|/User[s]/\w+/|[A-Z]:\\User[s]\\)")]
    private static partial Regex MachinePath();
}
