using AuthzEngine.Analysis;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Policies;

namespace MeshCA.Admin.Policies;

/// <summary>What <c>meshca policy explain</c> prints: a decision, and what became of every rule.</summary>
/// <param name="Decision">allow or deny.</param>
/// <param name="Reason">Why.</param>
/// <param name="Policy">Id of the determining rule; null: none determined.</param>
/// <param name="Location">Where that rule stands.</param>
/// <param name="Audit">Whether an AUDIT rule marked the request.</param>
/// <param name="DryRuns">What the dry-run policies of either action would say.</param>
/// <param name="Workload">The workload.</param>
/// <param name="MutualTls">The mutual TLS mode at the port.</param>
/// <param name="Policies">The policies that apply to the workload.</param>
/// <param name="NotApplying">The policies that do not.</param>
internal sealed record ExplainReport(
    string Decision,
    string Reason,
    string? Policy,
    string? Location,
    bool Audit,
    IReadOnlyList<ExplainedDryRun> DryRuns,
    string Workload,
    ExplainedMode MutualTls,
    IReadOnlyList<ExplainedPolicy> Policies,
    IReadOnlyList<UnattachedLine> NotApplying)
{
    /// <summary>Makes the report.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="answer">Its decision, with nobody left to ask.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="notApplying">The policies that do not apply to it.</param>
    /// <param name="locate">Finds where a field of a resource stands.</param>
    public static ExplainReport Of(
        Explanation explanation,
        LineAnswer answer,
        Workload workload,
        IReadOnlyList<UnattachedPolicy> notApplying,
        Func<ResourceId, string, SourceLocation?> locate)
    {
        var (mode, decision) = (explanation.MutualTls, answer.Decision);
        return new(
            DecisionJson.NameOf(decision.Verdict),
            answer.Reason,
            decision.Rule is { Index: >= 0 } determining ? determining.Id : null,
            decision.Rule is { } rule ? locate(rule.Policy, FieldOf(rule))?.ToString() : null,
            decision.Audit,
            [.. ExplainedDryRun.Of("ALLOW", decision.DryRunAllow), .. ExplainedDryRun.Of("DENY", decision.DryRunDeny)],
            WorkloadText.Describe(workload),
            new(ReportText.NameOf(mode.Mode), mode.Policy?.ToString(), mode.Policy is { } id ? locate(id, "spec")?.ToString() : null),
            [.. explanation.Policies.Select(policy => ExplainedPolicy.Of(policy, locate))],
            [.. notApplying.Select(policy => UnattachedLine.Of(policy, locate))]);
    }

    /// <summary>Prints it for people.</summary>
    public string ToText() => new ReportText()
        .Line(0, Decision.ToUpperInvariant(), Reason, Location)
        .Line(0, "workload", Workload)
        .Line(0, "mutual TLS", MutualTls.Mode, MutualTls.Policy, MutualTls.Location)
        .Line(0, Audit ? "marked by an AUDIT rule" : "")
        .Each(DryRuns, (text, dryRun) => text.Line(0, $"dry-run {dryRun.Action} policies", $"would say {dryRun.Result}", dryRun.Policy))
        .Each(Policies, (text, policy) => policy.AddTo(text))
        .Line(0, Policies.Count == 0 ? "no AuthorizationPolicy applies to the workload" : "")
        .Each(NotApplying.Where(policy => policy.IsInReach), (text, policy) => policy.AddTo(text))
        .Line(0, OfOtherNamespaces())
        .ToString();

    private string OfOtherNamespaces()
    {
        var count = NotApplying.Count(policy => !policy.IsInReach);
        return count == 0 ? "" : $"{count} more of other namespaces {(count == 1 ? "does" : "do")} not apply";
    }

    internal static string FieldOf(RuleIdentity rule) => rule.Index < 0 ? "" : $"spec.rules[{rule.Index}]";
}

/// <summary>A policy that does not apply to the workload.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Action">What it does elsewhere.</param>
/// <param name="IsInReach">Whether its namespace is one whose policies may apply to the workload.</param>
/// <param name="Reason">Why it does not.</param>
/// <param name="Location">Where it stands.</param>
internal sealed record UnattachedLine(string Policy, string Action, bool IsInReach, string Reason, string? Location)
{
    public static UnattachedLine Of(UnattachedPolicy policy, Func<ResourceId, string, SourceLocation?> locate) => new(
        policy.Policy.ToString(),
        DecisionWords.Name(policy.Action),
        policy.IsInReach,
        policy.Reason,
        locate(policy.Policy, "")?.ToString());

    public void AddTo(ReportText text) => text.Gap().Line(0, Action, Policy, Location).Line(1, $"does not apply: {Reason}");
}

/// <summary>What the dry-run policies of an action would say.</summary>
/// <param name="Action">ALLOW or DENY.</param>
/// <param name="Result">allowed or denied.</param>
/// <param name="Policy">Id of the rule that matched; null: none.</param>
internal sealed record ExplainedDryRun(string Action, string Result, string? Policy)
{
    public static IEnumerable<ExplainedDryRun> Of(string action, DryRunResult result) =>
        result.Outcome == DryRunOutcome.None ? [] : [new(action, ReportText.NameOf(result.Outcome), result.Rule?.Id)];
}

/// <summary>The mutual TLS mode of a port.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Policy">The PeerAuthentication that says so; null: none.</param>
/// <param name="Location">Where it stands.</param>
internal sealed record ExplainedMode(string Mode, string? Policy, string? Location);

/// <summary>What became of a policy.</summary>
internal sealed record ExplainedPolicy(
    string Policy, string Action, bool DryRun, string? Location, IReadOnlyList<ExplainedRule> Rules)
{
    public static ExplainedPolicy Of(PolicyExplanation policy, Func<ResourceId, string, SourceLocation?> locate) => new(
        policy.Policy.ToString(),
        DecisionWords.Name(policy.Action),
        policy.DryRun,
        locate(policy.Policy, "")?.ToString(),
        [.. policy.Rules.Select(rule => ExplainedRule.Of(rule, field => locate(policy.Policy, field)))]);

    public void AddTo(ReportText text) => text.Gap()
        .Line(0, Action, Policy, DryRun ? "(dry run)" : "", Location)
        .Line(1, Rules.Count == 0 ? "it has no rules, so it matches nothing" : "")
        .Each(Rules, (lines, rule) => rule.AddTo(lines));
}

/// <summary>What became of a rule.</summary>
internal sealed record ExplainedRule(string Rule, string Outcome, string? Location, IReadOnlyList<ExplainedClause> Clauses)
{
    // The engine tries first what is cheap; readers look for clauses as they stand in the file.
    public static ExplainedRule Of(RuleExplanation rule, Func<string, SourceLocation?> locate) => new(
        rule.Rule.Id,
        ReportText.NameOf(rule.Outcome),
        locate(ExplainReport.FieldOf(rule.Rule))?.ToString(),
        [
            .. from clause in rule.Clauses
               let place = locate(clause.Field)
               orderby place?.Line, place?.Column
               select ExplainedClause.Of(clause, place),
        ]);

    public void AddTo(ReportText text) => text
        .Line(1, $"rule {Rule}: {Describe()}", Location)
        .Each(Clauses, (lines, clause) => clause.AddTo(lines));

    private string Describe() => Outcome switch
    {
        "match" => "matches",
        "no_match" => "does not match",
        "unknown" => "may match: that depends on what is unknown",
        _ => "left out: it has no part in this protocol, or is invalid",
    };
}

/// <summary>What became of a clause.</summary>
internal sealed record ExplainedClause(
    string Field,
    string Outcome,
    string Attribute,
    bool Negated,
    IReadOnlyList<string> Wanted,
    IReadOnlyList<string> Values,
    string? Location)
{
    public static ExplainedClause Of(ClauseExplanation clause, SourceLocation? place)
    {
        var words = ClauseText.Of(clause.Clause);
        return new(
            clause.Field,
            ReportText.NameOf(clause.Outcome),
            words.Attribute,
            words.Negated,
            words.Patterns,
            clause.Values,
            place?.ToString());
    }

    public void AddTo(ReportText text) => text
        .Line(2, Outcome == "fails" ? "FAILS" : Outcome, Field, Describe(), Location);

    private string Describe()
    {
        var value = Outcome == "unknown" ? "a value that is unknown" : Values.Count == 0 ? "none" : ReportText.Quote(Values);
        return $"{new ClauseText(Field, Attribute, Negated, Wanted)}; the request has {value}";
    }
}
