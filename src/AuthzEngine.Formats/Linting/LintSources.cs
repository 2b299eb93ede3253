using AuthzEngine.Formats.Yaml;

namespace AuthzEngine.Formats.Linting;

/// <summary>The texts that are linted together.</summary>
/// <param name="Policies">Texts with policies; their names differ.</param>
public sealed record LintSources(IReadOnlyList<PolicyText> Policies)
{
    /// <summary>The mesh's settings; null when they are not known.</summary>
    public PolicyText? Mesh { get; init; }

    /// <summary>An inventory; null when there is none.</summary>
    public PolicyText? Inventory { get; init; }
}
