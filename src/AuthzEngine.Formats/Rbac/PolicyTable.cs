using AuthzEngine.Policies;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>The policies of one RBAC message by name, in the order in which Envoy tries them.</summary>
internal sealed class PolicyTable
{
    private readonly SortedDictionary<string, Policy> _policies = new(StringComparer.Ordinal);

    /// <summary>Adds a policy. Odd names may spell the same id: the later one must not replace the earlier.</summary>
    public void Add(string id, Policy policy)
    {
        while (!_policies.TryAdd(id, policy))
        {
            id += "'";
        }
    }

    /// <summary>The message for an action.</summary>
    public RBAC For(PolicyAction action) => new() { Action = Written(action), Policies = { _policies } };

    private static RBAC.Types.Action Written(PolicyAction action) => action switch
    {
        PolicyAction.Allow => RBAC.Types.Action.Allow,
        PolicyAction.Audit => RBAC.Types.Action.Log,
        _ => RBAC.Types.Action.Deny, // CUSTOM too: it refuses, or as shadow rules asks, where a rule matches
    };
}
