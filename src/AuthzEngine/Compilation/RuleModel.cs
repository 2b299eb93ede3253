using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>A rule translated for one protocol: the same structure, with attributes and patterns for names and text.</summary>
/// <param name="Identity">Which rule it is.</param>
/// <param name="From">Alternatives, each a conjunction; no alternative means any.</param>
/// <param name="To">Alternatives, each a conjunction; no alternative means any.</param>
/// <param name="When">Conjunction; a condition with both values and notValues is two clauses.</param>
public sealed record RuleModel(
    RuleIdentity Identity,
    IReadOnlyList<IReadOnlyList<Clause>> From,
    IReadOnlyList<IReadOnlyList<Clause>> To,
    IReadOnlyList<Clause> When);

/// <summary>Which rule of which policy, and the name that Envoy and Istio give it.</summary>
/// <param name="Id"><c>ns[namespace]-policy[name]-rule[index]</c>, with a prefix and suffix for CUSTOM; authorization-policy §1.5.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Index">Index of the rule in spec.rules; -1 where the policy as a whole decides (it is invalid, §6).</param>
/// <param name="Action">What the policy does.</param>
public sealed record RuleIdentity(string Id, ResourceId Policy, int Index, PolicyAction Action);

/// <summary>An AuthorizationPolicy translated for both protocols.</summary>
/// <param name="Source">The policy as written.</param>
/// <param name="DryRun">Whether it is only evaluated, never enforced.</param>
/// <param name="HttpRules">Its rules for HTTP; those that can never match or are invalid are left out.</param>
/// <param name="TcpRules">Its rules for TCP, authorization-policy §2.6.</param>
public sealed record PolicyModel(
    AuthorizationPolicy Source, bool DryRun, IReadOnlyList<RuleModel> HttpRules, IReadOnlyList<RuleModel> TcpRules);
