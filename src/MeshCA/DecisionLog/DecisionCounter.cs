using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using MeshCA.Decisions;
using MeshCA.Telemetry;

namespace MeshCA.DecisionLog;

/// <summary>Counts decisions: every one, whatever the log leaves out.</summary>
/// <param name="metrics">The counters.</param>
/// <param name="labels">Names resources.</param>
internal sealed class DecisionCounter(DecisionMetrics metrics, PolicyLabels labels) : IDecisionLog
{
    private const string NoRule = "NONE";

    /// <inheritdoc />
    public void Record(in DecisionRecord record)
    {
        var decision = record.Outcome.Decision;
        var verdict = DecisionJson.NameOf(decision.Verdict);
        var action = decision.Rule is { Index: >= 0 } rule ? DecisionWords.Name(rule.Action) : NoRule;
        metrics.Decided(verdict, action, DecisionTexts.Of(decision.Reason), decision.Audit, record.Elapsed);
        if (decision.Rule is { } determining)
        {
            metrics.DeterminedBy(labels.Of(determining.Policy), verdict);
        }

        Count("ALLOW", decision.DryRunAllow.Outcome);
        Count("DENY", decision.DryRunDeny.Outcome);
    }

    private void Count(string action, DryRunOutcome outcome)
    {
        if (outcome != DryRunOutcome.None)
        {
            metrics.DryRun(action, outcome == DryRunOutcome.Allowed ? "allowed" : "denied");
        }
    }
}
