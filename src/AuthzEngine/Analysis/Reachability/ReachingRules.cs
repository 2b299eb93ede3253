using AuthzEngine.Compilation;

namespace AuthzEngine.Analysis.Reachability;

/// <summary>Who can reach an operation of a workload, as its rules say it; nothing here is found by trying requests.</summary>
public sealed record ReachingRules
{
    /// <summary>How many can: none, some, or all.</summary>
    public Reach Reach { get; init; }

    /// <summary>Whether an invalid resource holds the workload shut.</summary>
    public bool IsQuarantined { get; init; }

    /// <summary>The mutual TLS mode at the port, or of most ports where none is said: STRICT refuses peers without identity.</summary>
    public required PortMutualTls MutualTls { get; init; }

    /// <summary>Whether only what an ALLOW rule matches is allowed; if not, everything that is not denied is.</summary>
    public bool NeedsAllowRule { get; init; }

    /// <summary>The ALLOW rules that can match the operation and allow somebody, without what DENY rules certainly refuse.</summary>
    public IReadOnlyList<ReachingRule> Allow { get; init; } = [];

    /// <summary>The DENY rules that can match it and could not be worked in; whoever matches one cannot reach it.</summary>
    public IReadOnlyList<ReachingRule> Deny { get; init; } = [];

    /// <summary>The other DENY rules that can match it: what they refuse is taken off <see cref="Allow"/>, or was never in it.</summary>
    public IReadOnlyList<RuleIdentity> Subtracted { get; init; } = [];

    /// <summary>The CUSTOM rules that can match it; the provider of each has to agree.</summary>
    public IReadOnlyList<ReachingCustomRule> Custom { get; init; } = [];

    /// <summary>Issuers of RequestAuthentications: a token has to be valid, if there is one.</summary>
    public IReadOnlyList<string> Issuers { get; init; } = [];
}

/// <summary>How many can reach an operation.</summary>
public enum Reach
{
    /// <summary>Nobody.</summary>
    Nobody,

    /// <summary>Whoever meets the conditions.</summary>
    Conditional,

    /// <summary>Everybody, without mutual TLS too.</summary>
    Everybody,
}

/// <summary>A rule that can match, and what has to hold besides for it to match.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="From">Alternatives of the peer, each a conjunction; none: any.</param>
/// <param name="To">Alternatives of what is not said of the operation, each a conjunction; none: any.</param>
/// <param name="When">Conditions, all of which must hold.</param>
public sealed record ReachingRule(
    RuleIdentity Rule,
    IReadOnlyList<IReadOnlyList<ClauseText>> From,
    IReadOnlyList<IReadOnlyList<ClauseText>> To,
    IReadOnlyList<ClauseText> When)
{
    /// <summary>The DENY rules that refuse some of what it matches.</summary>
    public IReadOnlyList<RuleIdentity> Exceptions { get; init; } = [];

    /// <summary>Whether it matches whatever else holds.</summary>
    public bool IsUnconditional => From.Count == 0 && To.Count == 0 && When.Count == 0;
}

/// <summary>A CUSTOM rule that can match.</summary>
/// <param name="Provider">Name of its provider.</param>
/// <param name="Misconfigured">Whether the provider cannot be asked, so that a match denies.</param>
/// <param name="Rule">The rule.</param>
public sealed record ReachingCustomRule(string Provider, bool Misconfigured, ReachingRule Rule);
