using System.Text;
using AuthzEngine.Admission;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tests.Reference;

/// <summary>Decides by reading the policies as written, stage by stage as authorization-policy §2.2 has them.</summary>
internal sealed class ReferenceEvaluator(ResourceSet resources, MeshSettings settings, Workload workload)
{
    private readonly AuthorizationPolicy[] _policies = [.. resources.Resources.OfType<AuthorizationPolicy>().Where(policy =>
        (policy.Id.Namespace == settings.RootNamespace || policy.Id.Namespace == workload.Namespace) && Selects(policy.Selector, workload))];

    private readonly JwtRule[] _jwtRules = [.. resources.Resources.OfType<RequestAuthentication>()
        .Where(resource => resource.Id.Namespace == workload.Namespace).SelectMany(resource => resource.JwtRules).OfType<JwtRule>()];

    public ReferenceDecision Decide(SampleRequest request)
    {
        if (resources.Quarantined.Any(held => (held.Namespace == settings.RootNamespace || held.Namespace == workload.Namespace)
            && Selects(held.Selector, workload)))
        {
            return new(Verdict.Deny, DecisionReason.InvalidResource);
        }

        var mode = Mode(request.Port);
        if (mode == MutualTlsMode.Strict && string.IsNullOrEmpty(request.Principal))
        {
            return new(Verdict.Deny, DecisionReason.PlaintextRefused);
        }

        var peer = mode == MutualTlsMode.Disable ? null : request.Principal;
        var unknown = request.Unsupplied & ~(mode == MutualTlsMode.Disable ? AttributeKinds.SourcePrincipal : AttributeKinds.None);
        var (asked, refused) = Custom(request, peer, unknown);
        if (refused is not null)
        {
            return new(Verdict.Deny, DecisionReason.ProviderMisconfigured, refused, Asked: asked);
        }

        if (request is { Protocol: RequestProtocol.Http, Token: TokenState.Invalid or TokenState.AudienceRefused })
        {
            return new(
                Verdict.Deny,
                request.Token == TokenState.Invalid ? DecisionReason.TokenInvalid : DecisionReason.TokenAudienceRefused,
                Asked: asked);
        }

        return Enforce(new ReferenceRules(settings, request, peer, unknown, _jwtRules)) with { Asked = asked };
    }

    private ReferenceDecision Enforce(ReferenceRules rules)
    {
        var audit = FirstId(rules, PolicyAction.Audit, false, Truth.True) is not null;
        var dryDeny = Has(PolicyAction.Deny, true) ? DryRun(FirstOrPossible(rules, PolicyAction.Deny, true), DryRunOutcome.Denied) : default;
        if (FirstOrPossible(rules, PolicyAction.Deny, false) is { } deny)
        {
            return new(Verdict.Deny, DecisionReason.DenyRuleMatched, deny, audit, DryRunDeny: dryDeny);
        }

        var dryAllow = Has(PolicyAction.Allow, true) ? DryRun(FirstId(rules, PolicyAction.Allow, true, Truth.True), DryRunOutcome.Allowed) : default;
        var allow = FirstId(rules, PolicyAction.Allow, false, Truth.True);
        return !Has(PolicyAction.Allow, false) ? new(Verdict.Allow, DecisionReason.NoAllowPolicy, null, audit, dryDeny, dryAllow)
            : allow is not null ? new(Verdict.Allow, DecisionReason.AllowRuleMatched, allow, audit, dryDeny, dryAllow)
            : new(Verdict.Deny, DecisionReason.NoAllowRuleMatched, null, audit, dryDeny, dryAllow);
    }

    // No token is verified yet: claims are absent, and known to be.
    private (string Asked, string? Refused) Custom(SampleRequest request, string? peer, AttributeKinds unknown)
    {
        var rules = new ReferenceRules(settings, request with { ClaimJson = null }, peer, unknown & ~AttributeKinds.Claims, _jwtRules);
        var byProvider = _policies.Where(policy => policy.Action == PolicyAction.Custom)
            .GroupBy(policy => policy.Provider!.Name).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        var asked = new List<string>();
        foreach (var group in byProvider)
        {
            var known = settings.ExtensionProviders.Where(provider => provider.Name == group.Key).ToList();
            var bad = known is not [{ Valid: true }] || (byProvider.Count > 1 && !settings.MultipleCustomProviders);
            if (!bad && request.Protocol == RequestProtocol.Tcp && known[0].Kind == ExtensionProviderKind.Http)
            {
                continue;
            }

            var prefix = $"istio-ext-authz-{group.Key}-";
            var first = First(rules, [.. group], Truth.True, prefix) ?? First(rules, [.. group], Truth.Unknown, prefix);
            if (first is not null && bad)
            {
                return (string.Join(' ', asked), first + "-deny-due-to-bad-CUSTOM-action");
            }

            if (first is not null)
            {
                asked.Add($"{group.Key}:{first}");
            }
        }

        return (string.Join(' ', asked), null);
    }

    private string? FirstOrPossible(ReferenceRules rules, PolicyAction action, bool dryRun) =>
        FirstId(rules, action, dryRun, Truth.True) ?? FirstId(rules, action, dryRun, Truth.Unknown);

    private string? FirstId(ReferenceRules rules, PolicyAction action, bool dryRun, Truth least) =>
        First(rules, [.. Of(action, dryRun)], least, "");

    private static string? First(ReferenceRules rules, AuthorizationPolicy[] policies, Truth least, string prefix) => policies
        .SelectMany(policy => policy.Rules.Select((rule, index) => (
            Id: $"{prefix}ns[{policy.Id.Namespace}]-policy[{policy.Id.Name}]-rule[{index}]",
            Holds: rule is null ? Truth.False : rules.Rule(policy, rule))))
        .Where(rule => rule.Holds >= least)
        .Select(rule => rule.Id)
        .OrderBy(id => Convert.ToHexString(Encoding.UTF8.GetBytes(id)), StringComparer.Ordinal)
        .FirstOrDefault();

    private bool Has(PolicyAction action, bool dryRun) => Of(action, dryRun).Any();

    private IEnumerable<AuthorizationPolicy> Of(PolicyAction action, bool dryRun) => _policies.Where(policy =>
        policy.Action == action && dryRun == (policy.Annotations.GetValueOrDefault("istio.io/dry-run") == "true"));

    private static (DryRunOutcome, string?) DryRun(string? rule, DryRunOutcome matched) => (
        (rule is null, matched) switch
        {
            (false, _) => matched,
            (true, DryRunOutcome.Denied) => DryRunOutcome.Allowed,
            _ => DryRunOutcome.Denied,
        },
        rule);

    // The samples have one PeerAuthentication of each class at most.
    private MutualTlsMode Mode(int? port)
    {
        var all = resources.Resources.OfType<PeerAuthentication>().ToList();
        var own = all.Find(policy => policy.Id.Namespace == workload.Namespace
            && policy.Selector is { MatchLabels.Count: > 0 } && Selects(policy.Selector, workload));
        var inherited = new[]
        {
            own,
            all.Find(policy => policy.Id.Namespace == workload.Namespace && policy.Selector is null),
            all.Find(policy => policy.Id.Namespace == settings.RootNamespace && policy.Selector is null),
        }.OfType<PeerAuthentication>().Select(policy => policy.Mode).FirstOrDefault(mode => mode != MutualTlsMode.Unset, MutualTlsMode.Permissive);
        var ofPort = own?.PortLevelModes?.GetValueOrDefault($"{port}") ?? MutualTlsMode.Unset;
        return ofPort == MutualTlsMode.Unset ? inherited : ofPort;
    }

    private static bool Selects(WorkloadSelector? selector, Workload workload) =>
        (selector?.MatchLabels ?? new Dictionary<string, string>()).All(workload.Labels.Contains);
}

/// <summary>A decision, with rules by their ids.</summary>
internal sealed record ReferenceDecision(
    Verdict Verdict,
    DecisionReason Reason,
    string? Rule = null,
    bool Audit = false,
    (DryRunOutcome Outcome, string? Rule) DryRunDeny = default,
    (DryRunOutcome Outcome, string? Rule) DryRunAllow = default,
    string Asked = "")
{
    /// <summary>What the product decided, in the same words; a whole resource that decides is no rule.</summary>
    public static ReferenceDecision Of(Decision decision) => new(
        decision.Verdict,
        decision.Reason,
        decision.Rule is { Index: >= 0 } rule ? rule.Id : null,
        decision.Audit,
        (decision.DryRunDeny.Outcome, decision.DryRunDeny.Rule?.Id),
        (decision.DryRunAllow.Outcome, decision.DryRunAllow.Rule?.Id),
        string.Join(' ', (decision.ProvidersToAsk ?? []).Select(question => $"{question.Provider.Name}:{question.Rule.Id}")));
}
