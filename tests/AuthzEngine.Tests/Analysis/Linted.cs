using AuthzEngine.Analysis;
using AuthzEngine.Diagnostics;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;

namespace AuthzEngine.Tests.Analysis;

/// <summary>What the analysis says of resources.</summary>
internal static class Linted
{
    /// <summary>A mesh of another trust domain than the pointer's, with one extension provider.</summary>
    public static MeshSettings Mesh => new()
    {
        TrustDomain = "mesh.example",
        TrustDomainAliases = ["old.example"],
        ExtensionProviders = [new("sso", ExtensionProviderKind.Grpc)],
    };

    public static IReadOnlyList<Finding> Findings(AnalysisInput input) => PolicyAnalysis.Analyze(input);

    public static IReadOnlyList<Finding> Findings(params PolicyResource[] resources) => Findings(new AnalysisInput(resources));

    /// <summary>Whether a code is among what is said.</summary>
    public static bool Says(string code, params PolicyResource[] resources) => Findings(resources).Any(finding => finding.Code == code);

    /// <summary>Whether a code is among what is said of resources in the mesh of <see cref="Mesh"/>.</summary>
    public static bool SaysInMesh(string code, params PolicyResource[] resources) =>
        Findings(new AnalysisInput(resources) { Settings = Mesh }).Any(finding => finding.Code == code);

    /// <summary>The one finding of a code.</summary>
    public static Finding The(string code, params PolicyResource[] resources) => Findings(resources).Single(finding => finding.Code == code);

    /// <summary>Whether a code is among what is said of resources beside an inventory.</summary>
    public static bool SaysBeside(Inventory inventory, string code, params PolicyResource[] resources) =>
        Findings(new AnalysisInput(resources) { Inventory = inventory }).Any(finding => finding.Code == code);
}
