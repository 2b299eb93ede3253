using AuthzEngine.Evaluation;
using Google.Protobuf.Collections;
using MeshCA.Decisions;
using MeshCA.Wire.Decision.V1;
using DryRun = MeshCA.Wire.Decision.V1.DryRun;
using EngineDecision = AuthzEngine.Evaluation.Decision;
using HeaderMutation = MeshCA.Wire.Decision.V1.HeaderMutation;
using WireDecision = MeshCA.Wire.Decision.V1.Decision;
using WireFinding = MeshCA.Wire.Decision.V1.Finding;

namespace MeshCA.Rpc.Decisions;

/// <summary>Writes decisions and explanations in our own form.</summary>
internal static class DecisionAnswers
{
    /// <summary>Writes a decision.</summary>
    public static WireDecision Of(DecisionOutcome.Decided decided)
    {
        var answer = Of(decided.Decision, decided.Revision);
        answer.DecisionId = decided.Id;
        answer.Ban = decided.Ban?.Describe() ?? "";
        foreach (var mutation in decided.Mutations)
        {
            var written = new HeaderMutation { Name = mutation.Name };
            if (mutation.Value is { } value)
            {
                written.Value = value;
            }

            answer.HeaderMutations.Add(written);
        }

        return answer;
    }

    /// <summary>Writes an explanation.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="subject">Whom it is about; the ban is told with its reason, since administrators alone ask.</param>
    public static ExplainResponse Of(Explanation explanation, DecisionSubject subject)
    {
        var answer = new ExplainResponse
        {
            Decision = Of(explanation.Decision, subject.Snapshot.Revision),
            MutualTls = explanation.MutualTls.Mode.ToString(),
            MutualTlsPolicy = explanation.MutualTls.Policy?.ToString() ?? "",
        };
        answer.Decision.Ban = subject.Ban is { } ban ? $"{ban.Describe()}: {ban.Revocation.Reason}" : "";
        answer.Policies.AddRange(explanation.Policies.Select(Of));
        return answer;
    }

    /// <summary>Writes findings.</summary>
    public static void Write(IEnumerable<AuthzEngine.Diagnostics.Finding> findings, RepeatedField<WireFinding> list) =>
        list.AddRange(findings.Select(finding => new WireFinding
        {
            Severity = finding.Severity.ToString(),
            Code = finding.Code,
            Field = finding.Field,
            Message = finding.Message,
            Location = finding.Location?.ToString() ?? "",
            Suggestion = finding.Suggestion ?? "",
        }));

    private static WireDecision Of(EngineDecision decision, long revision)
    {
        var answer = new WireDecision
        {
            Allowed = decision.Verdict == Verdict.Allow,
            Reason = DecisionTexts.Of(decision.Reason),
            Policy = decision.Rule?.Policy.ToString() ?? "",
            Rule = decision.Rule?.Id ?? "",
            Audit = decision.Audit,
            DryRunAllow = Of(decision.DryRunAllow),
            DryRunDeny = Of(decision.DryRunDeny),
            Revision = revision,
        };
        WireAttributes.Write(decision.Assumed, answer.Assumed);
        answer.ProvidersToAsk.AddRange((decision.ProvidersToAsk ?? []).Select(question => question.Provider.Name));
        return answer;
    }

    private static DryRun? Of(DryRunResult result) => result.Outcome == DryRunOutcome.None
        ? null
        : new() { Allowed = result.Outcome == DryRunOutcome.Allowed, Rule = result.Rule?.Id ?? "" };

    private static Wire.Decision.V1.PolicyExplanation Of(AuthzEngine.Evaluation.PolicyExplanation policy) => new()
    {
        Policy = policy.Policy.ToString(),
        Action = policy.Action.ToString(),
        DryRun = policy.DryRun,
        Rules = { policy.Rules.Select(Of) },
    };

    private static Wire.Decision.V1.RuleExplanation Of(AuthzEngine.Evaluation.RuleExplanation rule) => new()
    {
        Rule = rule.Rule.Id,
        Outcome = rule.Outcome.ToString(),
        Clauses = { rule.Clauses.Select(Of) },
    };

    private static Wire.Decision.V1.ClauseExplanation Of(AuthzEngine.Evaluation.ClauseExplanation clause) => new()
    {
        Field = clause.Field,
        Outcome = clause.Outcome.ToString(),
        Values = { clause.Values },
    };
}
