using System.Text.RegularExpressions;

namespace Architecture.Tests.Rules;

/// <summary>Rules over C# source text.</summary>
internal static partial class SourceRules
{
    private static readonly string[] Core =
        ["Administration", "Issuance", "IssuancePolicies", "Csr", "Authorities", "Registration", "Policies", "Decisions", "Registers", "Revocations"];
    private static readonly string[] Edge = ["Rpc", "Admin", "Storage", "Authentication", "PolicySources", "DecisionLog"];
    private static readonly string[] BannedSuffixes = ["Manager", "Helper", "Util", "Common", "Base", "Impl", "Info", "Data"];
    private static readonly string[] Outside =
        ["System.IO", "System.Net.Http", "System.Net.Sockets", "Microsoft.AspNetCore", "Google.Protobuf", "MeshCA.Wire", "Grpc.Core"];

    /// <summary>A file's namespace is its folder's path, and has no braces.</summary>
    /// <remarks>The gRPC layer puts its host extensions where the real packages have them.</remarks>
    public static IEnumerable<string> NamespaceIsFolder(IEnumerable<SourceFile> files)
    {
        foreach (var file in files.Where(file => !IsGenerated(file) && file.Name is not ("Program.cs" or "AssemblyInfo.cs" or "GlobalUsings.cs")))
        {
            var expected = string.Join('.', file.Parts.Skip(1).SkipLast(1));
            var match = NamespaceDeclaration().Match(file.Code);
            if (!match.Success)
            {
                yield return $"{file.Path}: no namespace, {expected} expected";
            }
            else if (match.Groups["end"].Value != ";" && !file.Parts.Contains("Migrations")) // dotnet-ef writes blocks
            {
                yield return $"{file.Path}: the namespace is a block, not of the file";
            }
            else if (match.Groups["name"].Value != expected && !IsHostExtension(file, match.Groups["name"].Value))
            {
                yield return $"{file.Path}: namespace {match.Groups["name"].Value}, {expected} expected";
            }
        }
    }

    /// <summary>The core of MeshCA names no edge folder, proto type, web framework, file, HTTP or socket.</summary>
    public static IEnumerable<string> CoreNamesNoEdge(IEnumerable<SourceFile> files) =>
        from file in files
        where InFolders(file, Core)
        from name in NamesIn(file, [.. Edge.Select(folder => "MeshCA." + folder), .. Outside], Edge)
        select $"{file.Path}: the core names {name}";

    /// <summary>The leaves (options, telemetry) name no edge folder.</summary>
    public static IEnumerable<string> LeavesNameNoEdge(IEnumerable<SourceFile> files) =>
        from file in files
        where InFolders(file, ["Telemetry", "Configuration"])
        from name in NamesIn(file, [.. Edge.Select(folder => "MeshCA." + folder), "MeshCA.Wire"], [])
        select $"{file.Path}: a leaf names {name}";

    /// <summary>Pure projects do no I/O, wait for nothing and read no clock.</summary>
    public static IEnumerable<string> PureProjectsArePure(IEnumerable<SourceFile> files) =>
        from file in files
        where file.Path.StartsWith("src/SpiffeIdentity/", StringComparison.Ordinal)
            || file.Path.StartsWith("src/AuthzEngine/", StringComparison.Ordinal)
        from name in NamesIn(
            file,
            ["System.IO", "System.Threading.Tasks", "System.Net.Http", "System.Net.Sockets", "TimeProvider", "DateTimeOffset.UtcNow", "DateTime.UtcNow"],
            [])
        select $"{file.Path}: a pure project names {name}";

    /// <summary>No type is named after what everything is.</summary>
    public static IEnumerable<string> NamesSaySomething(IEnumerable<SourceFile> files) =>
        from file in files
        where !IsGenerated(file) && !file.Path.StartsWith("src/Grpc/", StringComparison.Ordinal)
        from Match declaration in TypeDeclaration().Matches(file.Code)
        let name = declaration.Groups["name"].Value
        let suffix = BannedSuffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal))
        where suffix is not null
        select $"{file.Path}: {name} ends in {suffix}, which says nothing";

    /// <summary>A warning is switched off only with the reason on the same line or the line above.</summary>
    public static IEnumerable<string> SuppressionsAreJustified(IEnumerable<SourceFile> files)
    {
        foreach (var file in files.Where(file => !IsGenerated(file)))
        {
            var lines = file.Text.Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                var line = lines[i].Trim();
                var silent = line.StartsWith("#pragma warning disable", StringComparison.Ordinal)
                    && !line.Contains("//", StringComparison.Ordinal)
                    && !(i > 0 && lines[i - 1].TrimStart().StartsWith("//", StringComparison.Ordinal));
                var bare = line.StartsWith("[SuppressMessage", StringComparison.Ordinal)
                    && !string.Concat(lines.Skip(i).Take(4)).Contains("Justification", StringComparison.Ordinal);
                if (silent || bare)
                {
                    yield return $"{file.Path}:{i + 1}: a warning is switched off without a reason";
                }
            }
        }
    }

    /// <summary>No test is switched off.</summary>
    public static IEnumerable<string> NoTestIsSkipped(IEnumerable<SourceFile> files) =>
        from file in files
        where SkippedTest().IsMatch(file.Code)
        select $"{file.Path}: a test is skipped";

    /// <summary>Every test class stands where its subject stands; a format's subject may be its reader and writer together.</summary>
    /// <param name="files">Source files and test files.</param>
    public static IEnumerable<string> TestsHaveANamesake(IReadOnlyList<SourceFile> files) =>
        from file in files
        let project = file.Parts.Count > 2 && file.Parts[0] == "tests" ? file.Parts[1] : ""
        where project is "MeshCA.Tests" or "SpiffeIdentity.Tests" or "SpiffeIdentity.WorkloadApi.Tests" && NeedsNamesake(file)
        let folder = string.Join('/', file.Parts.Skip(2).SkipLast(1).Prepend(project[..^".Tests".Length]).Prepend("src"))
        let subject = file.Name[..^"Tests.cs".Length]
        where !files.Any(source => Declares(source, folder, subject))
            && !(files.Any(source => Declares(source, folder, subject + "Reader"))
                && files.Any(source => Declares(source, folder, subject + "Writer")))
        select $"{file.Path}: nothing named {subject} in {folder}";

    /// <summary>Types that a set of files declares.</summary>
    public static IEnumerable<string> DeclaredTypes(SourceFile file) =>
        TypeDeclaration().Matches(file.Code).Select(match => match.Groups["name"].Value);

    private static bool NeedsNamesake(SourceFile file) =>
        file.Name.EndsWith("Tests.cs", StringComparison.Ordinal)
        && !file.Name.EndsWith("ContractTests.cs", StringComparison.Ordinal)
        && !file.Name.EndsWith("FuzzTests.cs", StringComparison.Ordinal)
        && !file.Parts.Any(part => part is "Spec" or "Golden");

    private static bool Declares(SourceFile source, string folder, string subject) =>
        source.Path.StartsWith(folder + "/", StringComparison.Ordinal)
        && !source.Path[(folder.Length + 1)..].Contains('/', StringComparison.Ordinal)
        && (source.Name == subject + ".cs" || DeclaredTypes(source).Contains(subject));

    private static bool InFolders(SourceFile file, string[] folders) =>
        file.Parts is ["src", "MeshCA", var folder, _, ..] && folders.Contains(folder);

    private static IEnumerable<string> NamesIn(SourceFile file, string[] names, string[] folders)
    {
        var code = file.Code;
        var whole = names.Where(name => Regex.IsMatch(code, $@"(?<![\w.]){Regex.Escape(name)}\b"));

        // Within MeshCA a sibling namespace needs no using: `Storage.Journal` is enough.
        var relative = folders.Where(name => Regex.IsMatch(code, $@"(?<![\w.]){name}\.[A-Z]\w*"));
        return whole.Concat(relative);
    }

    private static bool IsGenerated(SourceFile file) =>
        file.Text.StartsWith("// <auto-generated", StringComparison.Ordinal)
        || file.Name.EndsWith(".Designer.cs", StringComparison.Ordinal);

    private static bool IsHostExtension(SourceFile file, string name) =>
        file.Path.StartsWith("src/Grpc/", StringComparison.Ordinal)
        && (name is "Microsoft.AspNetCore.Builder" or "Microsoft.Extensions.DependencyInjection"
            || (name == "Grpc.Core" && file.Name.EndsWith("Extensions.cs", StringComparison.Ordinal)));

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)\s*(?<end>[;{]?)", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(@"\b(?:class|interface|enum|record(?:\s+(?:class|struct))?|struct)\s+(?<name>[A-Z]\w*)")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"\b(Fact|Theory|InlineData|MemberData)\s*\([^\]]*\bSkip(Unless|When)?\s*=")]
    private static partial Regex SkippedTest();
}
