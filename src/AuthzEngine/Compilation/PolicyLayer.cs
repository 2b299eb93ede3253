using System.Collections.Frozen;
using AuthzEngine.Indexing;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Compilation;

/// <summary>Some policies, indexed by action for both protocols. Every workload to which just these apply shares it.</summary>
internal sealed class PolicyLayer(IReadOnlyList<CompiledPolicy> policies)
{
    public IReadOnlyList<CompiledPolicy> Policies { get; } = policies;

    public LayerRules Http { get; } = new(policies, RequestProtocol.Http);

    public LayerRules Tcp { get; } = new(policies, RequestProtocol.Tcp);
}

/// <summary>Some policies, indexed by action for one protocol.</summary>
internal sealed class LayerRules(IReadOnlyList<CompiledPolicy> policies, RequestProtocol protocol)
{
    public RuleIndex Audit { get; } = Index(policies, protocol, policy => policy.Action == PolicyAction.Audit);

    public RuleIndex Deny { get; } = Index(policies, protocol, policy => policy is { Action: PolicyAction.Deny, IsDryRun: false });

    public RuleIndex Allow { get; } = Index(policies, protocol, policy => policy is { Action: PolicyAction.Allow, IsDryRun: false });

    public RuleIndex DryRunDeny { get; } = Index(policies, protocol, policy => policy is { Action: PolicyAction.Deny, IsDryRun: true });

    public RuleIndex DryRunAllow { get; } = Index(policies, protocol, policy => policy is { Action: PolicyAction.Allow, IsDryRun: true });

    /// <summary>CUSTOM policies by the name of their provider.</summary>
    public FrozenDictionary<string, RuleIndex> Custom { get; } = policies
        .Where(policy => policy.Action == PolicyAction.Custom)
        .GroupBy(policy => policy.ProviderName, StringComparer.Ordinal)
        .ToFrozenDictionary(group => group.Key, group => Index([.. group], protocol, _ => true), StringComparer.Ordinal);

    private static RuleIndex Index(IReadOnlyList<CompiledPolicy> policies, RequestProtocol protocol, Func<CompiledPolicy, bool> filter)
    {
        var filtered = policies.Where(filter).ToList();
        return new(filtered.SelectMany(policy => protocol == RequestProtocol.Http ? policy.Http : policy.Tcp), filtered.Count > 0);
    }
}
