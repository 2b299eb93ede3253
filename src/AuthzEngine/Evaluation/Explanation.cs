using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Evaluation;

/// <summary>A decision, and what became of every rule that might have made it. It holds values of the request.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="MutualTls">The mode in effect at the port, and the PeerAuthentication that says so.</param>
/// <param name="Policies">The policies that apply to the workload, by namespace and age.</param>
public sealed record Explanation(Decision Decision, PortMutualTls MutualTls, IReadOnlyList<PolicyExplanation> Policies);

/// <summary>What became of a policy.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Action">What it does.</param>
/// <param name="DryRun">Whether it is only evaluated, never enforced.</param>
/// <param name="Rules">Its rules by index; none of them matches where there is none.</param>
public sealed record PolicyExplanation(ResourceId Policy, PolicyAction Action, bool DryRun, IReadOnlyList<RuleExplanation> Rules);

/// <summary>What became of a rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Outcome">Whether it matches.</param>
/// <param name="Clauses">Its clauses; their fields say where in the rule they stand.</param>
public sealed record RuleExplanation(RuleIdentity Rule, RuleOutcome Outcome, IReadOnlyList<ClauseExplanation> Clauses);

/// <summary>What became of a clause.</summary>
/// <param name="Field">Path within the resource, such as <c>spec.rules[0].from[1].source.principals</c>.</param>
/// <param name="Outcome">Whether it holds.</param>
/// <param name="Values">What the request has there: several for lists, none where it is absent or unknown.</param>
public sealed record ClauseExplanation(string Field, ClauseOutcome Outcome, IReadOnlyList<string> Values)
{
    /// <summary>The clause: what it wants of the attribute.</summary>
    public required Clause Clause { get; init; }
}

/// <summary>Whether a rule matches.</summary>
public enum RuleOutcome
{
    /// <summary>It does not.</summary>
    NoMatch,

    /// <summary>It does.</summary>
    Match,

    /// <summary>That depends on attributes that are unknown: ALLOW and AUDIT take it for no match, the others for one.</summary>
    Unknown,

    /// <summary>It has no part in this protocol, or is invalid: Istio leaves it out; authorization-policy §2.6.</summary>
    LeftOut,
}

/// <summary>Whether a clause holds.</summary>
public enum ClauseOutcome
{
    /// <summary>It does not.</summary>
    Fails,

    /// <summary>It does.</summary>
    Holds,

    /// <summary>Its attribute is unknown.</summary>
    Unknown,
}
