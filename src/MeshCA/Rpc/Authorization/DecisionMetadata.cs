using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Decisions;

namespace MeshCA.Rpc.Authorization;

/// <summary>What a decision publishes as dynamic metadata: Istio's keys at the top, ours in <c>meshca</c>.</summary>
internal static class DecisionMetadata
{
    private const string Own = "meshca";

    /// <summary>Writes a decision.</summary>
    public static Struct Of(DecisionOutcome.Decided decided)
    {
        var decision = decided.Decision;
        var own = new Struct
        {
            Fields =
            {
                { "decision_id", Value.ForString(decided.Id) },
                { "reason", Value.ForString(DecisionTexts.Of(decision.Reason)) },
                { "revision", Value.ForNumber(decided.Revision) },
            },
        };
        if (decision.Rule is { } rule)
        {
            own.Fields.Add("policy", Value.ForString(rule.Policy.ToString()));
            own.Fields.Add("rule", Value.ForString(rule.Id));
        }

        if (decided.Ban is { } ban)
        {
            own.Fields.Add("ban", Value.ForString(ban.Describe()));
        }

        if (decision.Assumed != AttributeKinds.None)
        {
            own.Fields.Add("unknown", Value.ForString(decision.Assumed.ToString()));
        }

        var metadata = new Struct { Fields = { { Own, Value.ForStruct(own) } } };
        if (decision.Audit)
        {
            metadata.Fields.Add("access_log_hint", Value.ForBool(true)); // as Envoy's `envoy.common` has it for AUDIT
        }

        AddDryRun(metadata, "istio_dry_run_allow_shadow_", decision.DryRunAllow);
        AddDryRun(metadata, "istio_dry_run_deny_shadow_", decision.DryRunDeny);
        return metadata;
    }

    // authorization-policy §2.4; the id is there only on a match.
    private static void AddDryRun(Struct metadata, string prefix, DryRunResult result)
    {
        if (result.Outcome == DryRunOutcome.None)
        {
            return;
        }

        var outcome = result.Outcome == DryRunOutcome.Allowed ? "allowed" : "denied";
        metadata.Fields.Add(prefix + "engine_result", Value.ForString(outcome));
        if (result.Rule is { } rule)
        {
            metadata.Fields.Add(prefix + "effective_policy_id", Value.ForString(rule.Id));
        }
    }
}
