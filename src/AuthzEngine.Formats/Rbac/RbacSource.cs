using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Rbac;

/// <summary>What applies to one workload, for export.</summary>
public sealed record RbacSource
{
    /// <summary>The mesh: its extension providers decide what becomes of CUSTOM policies.</summary>
    public required MeshSettings Settings { get; init; }

    /// <summary>The AuthorizationPolicies that apply, translated.</summary>
    public required IReadOnlyList<PolicyModel> Policies { get; init; }

    /// <summary>Its mutual TLS modes.</summary>
    public required EffectiveMutualTls MutualTls { get; init; }

    /// <summary>The rules of the RequestAuthentications that apply.</summary>
    public IReadOnlyList<JwtRule> JwtRules { get; init; } = [];

    /// <summary>The invalid resources that name it.</summary>
    public IReadOnlyList<QuarantinedResource> Quarantined { get; init; } = [];
}
