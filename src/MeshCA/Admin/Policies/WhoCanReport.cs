using AuthzEngine.Analysis;
using AuthzEngine.Analysis.Reachability;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace MeshCA.Admin.Policies;

/// <summary>What <c>meshca policy who-can</c> prints.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Workload">The workload.</param>
/// <param name="Reach">nobody, conditional or everybody.</param>
/// <param name="Quarantined">Whether an invalid resource holds the workload shut.</param>
/// <param name="MutualTls">The mutual TLS mode.</param>
/// <param name="NeedsAllowRule">Whether only what an ALLOW rule matches is allowed.</param>
/// <param name="Allow">The ALLOW rules that can match.</param>
/// <param name="Deny">The DENY rules that can match and could not be worked in.</param>
/// <param name="Subtracted">The DENY rules whose part is taken off the ALLOW rules.</param>
/// <param name="Custom">The CUSTOM rules that can match.</param>
/// <param name="TokenIssuers">Whose tokens are verified.</param>
internal sealed record WhoCanReport(
    string Operation,
    string Workload,
    string Reach,
    bool Quarantined,
    ExplainedMode MutualTls,
    bool NeedsAllowRule,
    IReadOnlyList<WhoCanRule> Allow,
    IReadOnlyList<WhoCanRule> Deny,
    IReadOnlyList<SubtractedRule> Subtracted,
    IReadOnlyList<WhoCanRule> Custom,
    IReadOnlyList<string> TokenIssuers)
{
    /// <summary>Makes the report.</summary>
    public static WhoCanReport Of(
        ReachingRules rules, ReachedOperation operation, Workload workload, Func<ResourceId, string, SourceLocation?> locate)
    {
        var mode = rules.MutualTls;
        return new(
            Describe(operation),
            WorkloadText.Describe(workload),
            ReportText.NameOf(rules.Reach),
            rules.IsQuarantined,
            new(ReportText.NameOf(mode.Mode), mode.Policy?.ToString(), mode.Policy is { } id ? locate(id, "spec")?.ToString() : null),
            rules.NeedsAllowRule,
            [.. rules.Allow.Select(rule => WhoCanRule.Of(rule, null, locate))],
            [.. rules.Deny.Select(rule => WhoCanRule.Of(rule, null, locate))],
            [.. rules.Subtracted.Select(rule => new SubtractedRule(rule.Id, locate(rule.Policy, ExplainReport.FieldOf(rule))?.ToString()))],
            [.. rules.Custom.Select(rule => WhoCanRule.Of(rule.Rule, rule, locate))],
            rules.Issuers);
    }

    private static string Describe(ReachedOperation operation) =>
        $"{operation.Method} {operation.Path}"
        + (operation.Host is { } host ? $" of {host}" : "")
        + (operation.Port is { } port ? $" at port {port}" : "");

    /// <summary>Prints it for people.</summary>
    public string ToText() => new ReportText()
        .Line(0, $"{Operation} on {Workload}: {Describe()}")
        .Line(1, Quarantined ? "an invalid resource names the workload: everything is denied until it is corrected" : "")
        .Line(1, MutualTls.Mode != "strict" ? "" : $"the peer must have an identity: mutual TLS is STRICT  {MutualTls.Policy}  {MutualTls.Location}")
        .Line(1, TokenIssuers.Count > 0 ? $"a token, if there is one, must be valid and of {ReportText.Quote(TokenIssuers)}" : "")
        .Line(0, NeedsAllowRule ? "allowed, where one of these matches:" : "no ALLOW policy applies: what is not denied is allowed")
        .Line(1, NeedsAllowRule && Allow.Count == 0 ? (Subtracted.Count > 0 ? "none is left" : "none can match") : "")
        .Each(Allow, (text, rule) => rule.AddTo(text))
        .Line(0, Deny.Count > 0 ? "denied all the same, where one of these matches:" : "")
        .Each(Deny, (text, rule) => rule.AddTo(text))
        .Line(0, Subtracted.Count > 0 ? "taken off is what these DENY rules refuse:" : "")
        .Each(Subtracted, (text, rule) => text.Line(1, $"rule {rule.Rule}", rule.Location))
        .Line(0, Custom.Count > 0 ? "an external authorizer has to agree, where one of these matches:" : "")
        .Each(Custom, (text, rule) => rule.AddTo(text))
        .ToString();

    private string Describe() => Reach switch
    {
        "nobody" => "nobody can",
        "everybody" => "everybody can, with mutual TLS or without",
        _ => "whoever meets these conditions",
    };
}

/// <summary>A DENY rule whose part is taken off the ALLOW rules.</summary>
/// <param name="Rule">Its id.</param>
/// <param name="Location">Where it stands.</param>
internal sealed record SubtractedRule(string Rule, string? Location);

/// <summary>A rule that can match, and what has to hold besides.</summary>
/// <param name="Rule">Its id.</param>
/// <param name="Location">Where it stands.</param>
/// <param name="Provider">Whom a CUSTOM rule asks; null for others.</param>
/// <param name="Misconfigured">Whether nobody can be asked, so that the rule denies.</param>
/// <param name="Exceptions">Ids of the DENY rules that refuse some of what it matches.</param>
/// <param name="From">Alternatives of the peer; none: any.</param>
/// <param name="To">Alternatives of the rest of the operation; none: any.</param>
/// <param name="When">Conditions, all of which must hold.</param>
internal sealed record WhoCanRule(
    string Rule,
    string? Location,
    string? Provider,
    bool Misconfigured,
    IReadOnlyList<string> Exceptions,
    IReadOnlyList<IReadOnlyList<ClauseText>> From,
    IReadOnlyList<IReadOnlyList<ClauseText>> To,
    IReadOnlyList<ClauseText> When)
{
    public static WhoCanRule Of(ReachingRule rule, ReachingCustomRule? custom, Func<ResourceId, string, SourceLocation?> locate) => new(
        custom is { Misconfigured: true } ? RuleNames.Misconfigured(rule.Rule).Id : rule.Rule.Id,
        locate(rule.Rule.Policy, ExplainReport.FieldOf(rule.Rule))?.ToString(),
        custom?.Provider,
        custom?.Misconfigured ?? false,
        [.. rule.Exceptions.Select(exception => exception.Id)],
        rule.From,
        rule.To,
        rule.When);

    public void AddTo(ReportText text) => text
        .Line(1, $"rule {Rule}", Location)
        .Line(2, Provider is null ? "" : $"provider {Provider} {(Misconfigured ? "cannot be asked, so it denies" : "is asked")}")
        .Line(2, From.Count + To.Count + When.Count == 0 ? "whoever calls" : "")
        .Each(Conditions(), (lines, condition) => lines.Line(2, condition))
        .Line(2, Exceptions.Count == 0 ? "" : $"except where a DENY rule matches: {string.Join(", ", Exceptions)}");

    private IEnumerable<string> Conditions()
    {
        var groups = new[] { From, To }.Where(group => group.Count > 0).Concat(When.Select(condition => new[] { new[] { condition } }));
        return groups.SelectMany((alternatives, group) => alternatives.Select((clauses, index) =>
            $"{Word(group, index, alternatives.Count)} {string.Join(" and ", clauses)}"));
    }

    private static string Word(int group, int index, int alternatives) =>
        index > 0 ? "or" : (group == 0 ? "if" : "and") + (alternatives > 1 ? " either" : "");
}
