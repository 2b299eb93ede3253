using System.Text.Json;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;

namespace AuthzEngine.Formats.Json;

/// <summary>Writes decisions as members of a JSON object: decision, policy, action, audit, dry_run, reason.</summary>
public static class DecisionJson
{
    /// <summary>Writes a decision.</summary>
    /// <param name="json">Stands within the object.</param>
    /// <param name="decision">The decision; providers that are still to be asked are not written.</param>
    /// <param name="reason">Why.</param>
    public static void Write(Utf8JsonWriter json, in Decision decision, string reason)
    {
        ArgumentNullException.ThrowIfNull(json);

        // A PeerAuthentication or an invalid resource that decides is no rule: the reason names it.
        var rule = decision.Rule is { Index: >= 0 } determining ? determining : null;
        json.WriteString("decision", NameOf(decision.Verdict));
        WriteRule(json, rule);
        json.WriteString("action", rule is null ? null : DecisionWords.Name(rule.Action));
        json.WriteBoolean("audit", decision.Audit);
        json.WriteStartObject("dry_run");
        WriteDryRun(json, "allow", decision.DryRunAllow);
        WriteDryRun(json, "deny", decision.DryRunDeny);
        json.WriteEndObject();
        json.WriteString("reason", reason);
    }

    /// <summary>Names a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <returns><c>allow</c> or <c>deny</c>.</returns>
    public static string NameOf(Verdict verdict) => verdict == Verdict.Allow ? "allow" : "deny";

    private static void WriteDryRun(Utf8JsonWriter json, string name, in DryRunResult result)
    {
        if (result.Outcome == DryRunOutcome.None)
        {
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("result", result.Outcome == DryRunOutcome.Allowed ? "allowed" : "denied");
        WriteRule(json, result.Rule);
        json.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter json, RuleIdentity? rule) => json.WriteString("policy", rule?.Id);
}
