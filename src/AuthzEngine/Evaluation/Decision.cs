using AuthzEngine.Compilation;
using AuthzEngine.Policies;

namespace AuthzEngine.Evaluation;

/// <summary>The answer to one request. <c>default</c> denies.</summary>
public readonly record struct Decision
{
    /// <summary>Allowed or denied, provided that every provider of <see cref="ProvidersToAsk"/> allows.</summary>
    public Verdict Verdict { get; init; }

    /// <summary>Why.</summary>
    public DecisionReason Reason { get; init; }

    /// <summary>The rule that determined it: of those that match, the first by its id, as in Envoy. Null: none did.</summary>
    public RuleIdentity? Rule { get; init; }

    /// <summary>Whether an AUDIT rule marked the request.</summary>
    public bool Audit { get; init; }

    /// <summary>What the dry-run ALLOW policies would say.</summary>
    public DryRunResult DryRunAllow { get; init; }

    /// <summary>What the dry-run DENY policies would say.</summary>
    public DryRunResult DryRunDeny { get; init; }

    /// <summary>Providers whose CUSTOM rules matched, by name order; null: none.</summary>
    public IReadOnlyList<ProviderQuestion>? ProvidersToAsk { get; init; }

    /// <summary>Attributes that were unknown and that this decision had to assume the worst of.</summary>
    public Requests.AttributeKinds Assumed { get; init; }

    /// <summary>Combines the decision with what the providers said, authorization-policy §2.5.</summary>
    /// <param name="verdicts">One for each of <see cref="ProvidersToAsk"/>, in its order; one that is missing counts as a failure.</param>
    /// <returns>The decision when every provider allows; else the refusal of the first by name that does not.</returns>
    /// <remarks>A provider that allows lifts no refusal. One that fails open allows by failing.</remarks>
    public Decision Resolve(IReadOnlyList<ProviderVerdict> verdicts)
    {
        ArgumentNullException.ThrowIfNull(verdicts);
        for (var i = 0; i < (ProvidersToAsk?.Count ?? 0); i++)
        {
            var verdict = i < verdicts.Count ? verdicts[i] : ProviderVerdict.Failed;
            if (verdict != ProviderVerdict.Allow && !(verdict == ProviderVerdict.Failed && ProvidersToAsk![i].Provider.FailOpen))
            {
                return Refused(verdict, ProvidersToAsk![i].Rule);
            }
        }

        return this with { ProvidersToAsk = null };
    }

    // The chain ends there: no later stage marks the request or computes its dry run.
    private Decision Refused(ProviderVerdict verdict, RuleIdentity rule) => new()
    {
        Reason = verdict == ProviderVerdict.Deny ? DecisionReason.ProviderDenied : DecisionReason.ProviderFailed,
        Rule = rule,
        Assumed = Assumed,
    };
}

/// <summary>What a provider said.</summary>
public enum ProviderVerdict
{
    /// <summary>Nothing that counts: it could not be reached, was too slow, or answered with an error.</summary>
    Failed,

    /// <summary>It denies.</summary>
    Deny,

    /// <summary>It allows.</summary>
    Allow,
}

/// <summary>Allowed or denied.</summary>
public enum Verdict
{
    /// <summary>Denied.</summary>
    Deny,

    /// <summary>Allowed.</summary>
    Allow,
}

/// <summary>A provider to ask, and the rule that asks it.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Rule">The first of its rules that matched.</param>
public sealed record ProviderQuestion(ExtensionProvider Provider, RuleIdentity Rule);

/// <summary>Result of the dry-run policies of one action, authorization-policy §2.4.</summary>
/// <param name="Outcome">What they would say; <see cref="DryRunOutcome.None"/> without such a policy.</param>
/// <param name="Rule">The rule that matched; null: none.</param>
public readonly record struct DryRunResult(DryRunOutcome Outcome, RuleIdentity? Rule);

/// <summary>What dry-run policies would say.</summary>
public enum DryRunOutcome
{
    /// <summary>There is none, or the request did not get that far.</summary>
    None,

    /// <summary>They would deny.</summary>
    Denied,

    /// <summary>They would allow.</summary>
    Allowed,
}

/// <summary>Why a request is allowed or denied.</summary>
public enum DecisionReason
{
    /// <summary>Nobody decided; what <c>default</c> says.</summary>
    Undecided,

    /// <summary>No ALLOW policy applies to the workload, and no DENY rule matched.</summary>
    NoAllowPolicy,

    /// <summary>An ALLOW rule matched.</summary>
    AllowRuleMatched,

    /// <summary>ALLOW policies apply to the workload, and none of their rules matched.</summary>
    NoAllowRuleMatched,

    /// <summary>A DENY rule matched.</summary>
    DenyRuleMatched,

    /// <summary>PeerAuthentication says STRICT, and the peer has no identity.</summary>
    PlaintextRefused,

    /// <summary>The token is invalid: HTTP 401.</summary>
    TokenInvalid,

    /// <summary>The token is for another audience: HTTP 403.</summary>
    TokenAudienceRefused,

    /// <summary>A CUSTOM rule matched whose provider is unknown or misconfigured.</summary>
    ProviderMisconfigured,

    /// <summary>A provider denied.</summary>
    ProviderDenied,

    /// <summary>A provider failed, and does not fail open.</summary>
    ProviderFailed,

    /// <summary>An invalid resource applies to the workload, and no valid version of it was seen before.</summary>
    InvalidResource,

    /// <summary>The peer, the workload or the proxy is banned or its certificate revoked; decided outside of the policies, before them.</summary>
    Banned,
}
