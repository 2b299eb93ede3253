using AuthzEngine.Compilation;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>The stages that a request to one workload passes, for one protocol; authorization-policy §2.1.</summary>
internal sealed class FilterChain
{
    /// <summary>CUSTOM policies by the name of their provider.</summary>
    public required IReadOnlyList<CustomStage> Custom { get; init; }

    public required RuleGroup Audit { get; init; }

    public required RuleGroup Deny { get; init; }

    public required RuleGroup Allow { get; init; }

    public required RuleGroup DryRunDeny { get; init; }

    public required RuleGroup DryRunAllow { get; init; }

    /// <summary>Joins what the layers of a workload hold.</summary>
    public static FilterChain Of(
        IReadOnlyList<LayerRules> layers,
        IReadOnlyList<CompiledPolicy> policies,
        bool multipleProviders,
        RequestProtocol protocol) => new()
        {
            Custom = CustomStage.Of(layers, policies, multipleProviders, protocol),
            Audit = new(layers.Select(layer => layer.Audit)),
            Deny = new(layers.Select(layer => layer.Deny)),
            Allow = new(layers.Select(layer => layer.Allow)),
            DryRunDeny = new(layers.Select(layer => layer.DryRunDeny)),
            DryRunAllow = new(layers.Select(layer => layer.DryRunAllow)),
        };

    /// <summary>The attributes that some rule reads.</summary>
    public AttributeKinds Reads => Custom.Select(stage => stage.Rules)
        .Concat([Audit, Deny, Allow, DryRunDeny, DryRunAllow])
        .Aggregate(AttributeKinds.None, (kinds, group) => kinds | group.Reads);

    public Decision Decide(in RequestView view)
    {
        var assumed = AttributeKinds.None;
        IReadOnlyList<ProviderQuestion>? questions = null;
        if (Custom.Count > 0 && FindMisconfigured(view.BeforeTokens(), ref questions, ref assumed) is { } bad)
        {
            return Denied(DecisionReason.ProviderMisconfigured, bad) with { ProvidersToAsk = questions, Assumed = assumed };
        }

        if (view.Request.Protocol == RequestProtocol.Http
            && view.Request.Token is TokenState.Invalid or TokenState.AudienceRefused)
        {
            var reason = view.Request.Token == TokenState.Invalid ? DecisionReason.TokenInvalid : DecisionReason.TokenAudienceRefused;
            return Denied(reason, null) with { ProvidersToAsk = questions, Assumed = assumed };
        }

        return Enforce(in view, assumed) with { ProvidersToAsk = questions };
    }

    private RuleIdentity? FindMisconfigured(
        in RequestView view, ref IReadOnlyList<ProviderQuestion>? questions, ref AttributeKinds assumed)
    {
        for (var i = 0; i < Custom.Count; i++)
        {
            var rule = Custom[i].Rules.FirstOrAssumed(in view, ref assumed);
            if (rule is not null && Custom[i].Misconfigured)
            {
                return rule.Misconfigured;
            }

            // Each rule has its question ready; a list of several is the only thing that a decision ever allocates.
            questions = (questions, rule?.Questions) switch
            {
                (_, null) => questions,
                (null, { } first) => first,
                ({ } earlier, { } next) => [.. earlier, .. next],
            };
        }

        return null;
    }

    private Decision Enforce(in RequestView view, AttributeKinds assumed)
    {
        var audit = Audit.First(in view) is not null;
        var dryRunDeny = TryDryRunDeny(in view);
        if (Deny.FirstOrAssumed(in view, ref assumed) is { } deny)
        {
            var denied = Denied(DecisionReason.DenyRuleMatched, deny.Identity);
            return denied with { Audit = audit, DryRunDeny = dryRunDeny, Assumed = assumed };
        }

        var allow = Allow.HasPolicies ? Allow.First(in view) : null;
        var allowed = allow is not null || !Allow.HasPolicies;
        if (!allowed)
        {
            _ = Allow.FirstAssuming(in view, ref assumed);
        }

        return new()
        {
            Verdict = allowed ? Verdict.Allow : Verdict.Deny,
            Reason = allow is not null ? DecisionReason.AllowRuleMatched
                : allowed ? DecisionReason.NoAllowPolicy : DecisionReason.NoAllowRuleMatched,
            Rule = allow?.Identity,
            Audit = audit,
            DryRunDeny = dryRunDeny,
            DryRunAllow = TryDryRunAllow(in view),
            Assumed = assumed,
        };
    }

    private DryRunResult TryDryRunDeny(in RequestView view)
    {
        if (!DryRunDeny.HasPolicies)
        {
            return default;
        }

        var ignored = AttributeKinds.None;
        var rule = DryRunDeny.FirstOrAssumed(in view, ref ignored);
        return new(rule is null ? DryRunOutcome.Allowed : DryRunOutcome.Denied, rule?.Identity);
    }

    private DryRunResult TryDryRunAllow(in RequestView view)
    {
        if (!DryRunAllow.HasPolicies)
        {
            return default;
        }

        var rule = DryRunAllow.First(in view);
        return new(rule is null ? DryRunOutcome.Denied : DryRunOutcome.Allowed, rule?.Identity);
    }

    internal static Decision Denied(DecisionReason reason, RuleIdentity? rule) => new() { Reason = reason, Rule = rule };
}
