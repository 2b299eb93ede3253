using System.Xml.Linq;

namespace Architecture.Tests.Rules;

/// <summary>Rules over project files: which project may know which.</summary>
internal static class ProjectRules
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["SpiffeIdentity"] = [],
        ["SpiffeIdentity.WorkloadApi"] = ["SpiffeIdentity"],
        ["AuthzEngine"] = ["SpiffeIdentity"],
        ["AuthzEngine.Formats"] = ["AuthzEngine"],
        ["Grpc"] = [],
        ["KubernetesClient"] = [],
        ["MeshCA"] = ["SpiffeIdentity", "SpiffeIdentity.WorkloadApi", "AuthzEngine", "AuthzEngine.Formats", "Grpc", "KubernetesClient"],
    };

    /// <summary>Each arrow between projects is one of those that house-style B2 names; nothing points at MeshCA but tests and benchmarks.</summary>
    public static IEnumerable<string> Directions(IEnumerable<SourceFile> files) =>
        from file in Projects(files)
        from reference in Included(file, "ProjectReference")
        let target = reference.Split('/', '\\')[^1].Replace(".csproj", "", StringComparison.Ordinal)
        where !Allowed.TryGetValue(NameOf(file), out var targets) || !targets.Contains(target)
        select $"{file.Path}: must not know {target}";

    /// <summary>A pure project says so, and takes nothing but the base class library.</summary>
    public static IEnumerable<string> PureProjectsStandAlone(IEnumerable<SourceFile> files)
    {
        foreach (var file in Projects(files).Where(file => NameOf(file) is "SpiffeIdentity" or "AuthzEngine"))
        {
            if (!file.Text.Contains("<PureProject>true</PureProject>", StringComparison.Ordinal))
            {
                yield return $"{file.Path}: does not say PureProject";
            }

            foreach (var reference in Included(file, "PackageReference").Concat(Included(file, "FrameworkReference")))
            {
                yield return $"{file.Path}: takes {reference}";
            }
        }
    }

    /// <summary>Versions stand in one place.</summary>
    public static IEnumerable<string> VersionsAreCentral(IEnumerable<SourceFile> files) =>
        from file in files
        where file.Name.EndsWith(".csproj", StringComparison.Ordinal)
        from element in XDocument.Parse(file.Text).Descendants("PackageReference")
        where element.Attribute("Version") is not null || element.Attribute("VersionOverride") is not null
        select $"{file.Path}: {element.Attribute("Include")?.Value} has a version of its own";

    /// <summary>Every project is built with the solution and has its lock file.</summary>
    public static IEnumerable<string> ProjectsAreInTheSolution(IReadOnlyList<SourceFile> files)
    {
        var solution = files.Single(file => file.Name == "MeshCA.sln").Text.Replace('\\', '/');
        foreach (var file in files.Where(file => file.Name.EndsWith(".csproj", StringComparison.Ordinal)))
        {
            if (!solution.Contains($"\"{file.Path}\"", StringComparison.Ordinal))
            {
                yield return $"{file.Path}: not in MeshCA.sln";
            }

            var lockFile = file.Path[..^file.Name.Length] + "packages.lock.json";
            if (!files.Any(other => other.Path == lockFile))
            {
                yield return $"{file.Path}: no packages.lock.json";
            }
        }
    }

    private static IEnumerable<SourceFile> Projects(IEnumerable<SourceFile> files) =>
        files.Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal) && file.Name.EndsWith(".csproj", StringComparison.Ordinal));

    private static string NameOf(SourceFile file) => file.Name[..^".csproj".Length];

    private static IEnumerable<string> Included(SourceFile file, string element) =>
        XDocument.Parse(file.Text).Descendants(element).Select(item => item.Attribute("Include")?.Value ?? "");
}
