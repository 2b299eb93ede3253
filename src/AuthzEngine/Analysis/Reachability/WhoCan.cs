using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Evaluation.Clauses;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Analysis.Reachability;

/// <summary>Derives from a workload's rules who can reach an operation.</summary>
/// <remarks>
/// Clauses on what is known of the operation are evaluated, as decisions evaluate them; what is left of each rule is a
/// condition on the caller. So the answer covers every caller, and no request has to be guessed.
/// </remarks>
public static class WhoCan
{
    private const AttributeKinds Always = AttributeKinds.Method | AttributeKinds.Path;

    private const AttributeKinds All = (AttributeKinds)((1 << 12) - 1);

    /// <summary>Derives it.</summary>
    /// <param name="policies">What applies to the workload.</param>
    /// <param name="operation">The operation, by HTTP.</param>
    /// <returns>The rules that can match, and what each leaves open.</returns>
    public static ReachingRules Derive(WorkloadPolicies policies, ReachedOperation operation)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(operation);
        var models = policies.HttpModels;
        var request = Known(policies, operation, All);

        // CUSTOM rules come before tokens are verified, authorization-policy §2.1: to them there is none.
        var beforeTokens = Known(policies, operation, All & ~AttributeKinds.Claims);
        var denied = Residues(models.Deny.Rules, request);
        var subtraction = new DenySubtraction(denied);
        bool IsLeft(Residue rule) => !models.Allow.HasPolicies || subtraction.Exceptions.Contains(rule.Rule);
        ReachingRule[] allow = [.. Residues(models.Allow.Rules, request).Select(subtraction.From).OfType<ReachingRule>()];
        var reaching = new ReachingRules
        {
            IsQuarantined = policies.IsQuarantined,
            MutualTls = policies.MutualTls.At(operation.Port),
            NeedsAllowRule = models.Allow.HasPolicies,
            Allow = allow,
            Deny = [.. denied.Where(IsLeft).Select(rule => rule.ToWords())],
            Subtracted = [.. denied.Where(rule => !IsLeft(rule)).Select(rule => rule.Rule)],
            Custom =
            [
                .. from stage in models.Custom
                   from rule in Residues(stage.Rules, beforeTokens)
                   select new ReachingCustomRule(stage.Provider, stage.Misconfigured, rule.ToWords()),
            ],
            Issuers = [.. policies.JwtRules.Select(rule => rule.Issuer).Distinct()],
        };
        return reaching with { Reach = ReachOf(reaching) };
    }

    private static Reach ReachOf(ReachingRules rules)
    {
        var nobody = rules.IsQuarantined
            || (!rules.NeedsAllowRule && rules.Deny.Any(rule => rule.IsUnconditional))
            || rules.Custom.Any(rule => rule is { Misconfigured: true, Rule.IsUnconditional: true })
            || (rules.NeedsAllowRule && rules.Allow.Count == 0);
        var everybody = rules.Deny.Count == 0 && rules.Custom.Count == 0 && rules.MutualTls.Mode != MutualTlsMode.Strict
            && (!rules.NeedsAllowRule || rules.Allow.Any(rule => rule.IsUnconditional));
        return nobody ? Reach.Nobody : everybody ? Reach.Everybody : Reach.Conditional;
    }

    private static RequestAttributes Known(WorkloadPolicies policies, ReachedOperation operation, AttributeKinds unknown)
    {
        var known = Always
            | (operation.Host is null ? AttributeKinds.None : AttributeKinds.Host)
            | (operation.Port is null ? AttributeKinds.None : AttributeKinds.DestinationPort)
            | (NobodyHasIdentity(policies.MutualTls, operation.Port) ? AttributeKinds.SourcePrincipal : AttributeKinds.None);
        return new()
        {
            Method = operation.Method,
            Path = operation.Path,
            Host = operation.Host,
            DestinationPort = operation.Port,
            Unsupplied = unknown & ~known,
        };
    }

    private static bool NobodyHasIdentity(EffectiveMutualTls modes, int? port) => port is null
        ? modes.Ports.Values.Append(modes.Workload).All(mode => mode.Mode == MutualTlsMode.Disable)
        : modes.At(port).Mode == MutualTlsMode.Disable;

    private static List<Residue> Residues(IReadOnlyList<RuleModel> rules, RequestAttributes request) =>
        [.. rules.Select(rule => ResidueOf(rule, request)).OfType<Residue>()];

    private static Residue? ResidueOf(RuleModel rule, RequestAttributes request) =>
        Alternatives(rule.From, request) is { } from
        && Alternatives(rule.To, request) is { } to
        && ResidueOf(rule.When, request) is { } when
            ? new(rule.Identity, from, to, when)
            : null;

    // Null where none can hold; empty where one holds already.
    private static List<List<Clause>>? Alternatives(
        IReadOnlyList<IReadOnlyList<Clause>> alternatives, RequestAttributes request)
    {
        if (alternatives.Count == 0)
        {
            return [];
        }

        var left = alternatives.Select(clauses => ResidueOf(clauses, request)).OfType<List<Clause>>().ToList();
        return left.Count == 0 ? null : left.Exists(clauses => clauses.Count == 0) ? [] : left;
    }

    // Null where a clause fails; else the clauses on what is unknown.
    private static List<Clause>? ResidueOf(IReadOnlyList<Clause> clauses, RequestAttributes request)
    {
        var view = new RequestView(in request);
        var (pool, left) = (new ClausePool(), new List<Clause>());
        foreach (var clause in clauses)
        {
            var compiled = CompiledClause.Of(clause, pool);
            if ((view.Unknown & compiled.Reads) != 0)
            {
                left.Add(clause);
            }
            else if (!compiled.Holds(in view))
            {
                return null;
            }
        }

        return left;
    }
}
