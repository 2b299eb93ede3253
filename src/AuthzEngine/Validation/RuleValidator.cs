using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>One rule, authorization-policy §6.3.</summary>
internal static class RuleValidator
{
    private const int MaxFrom = 512;

    public static void Validate(Rule? rule, PolicyAction action, string field, FindingReport report)
    {
        if (rule is null)
        {
            report.Add(ValidationCodes.EntryNull, field, "the rule is null");
            return;
        }

        ValidateFrom(rule.From, action, field, report);
        ValidateTo(rule.To, field, report);
        for (var i = 0; i < rule.When.Count; i++)
        {
            ConditionValidator.Validate(rule.When[i], action, $"{field}.when[{i}]", report);
        }

        if (action == PolicyAction.Deny && RefusesTcp(rule))
        {
            report.Add(
                ValidationCodes.DenyRefusesTcp,
                field,
                "on TCP the HTTP fields of a DENY rule are dropped: it denies all TCP traffic in scope",
                "name the HTTP ports in `ports`");
        }
    }

    private static void ValidateFrom(IReadOnlyList<RuleFrom?> from, PolicyAction action, string rule, FindingReport report)
    {
        if (from.Count > MaxFrom)
        {
            report.Add(ValidationCodes.FromTooMany, rule + ".from", $"{from.Count} sources, at most {MaxFrom} are allowed");
        }

        for (var i = 0; i < from.Count; i++)
        {
            var field = $"{rule}.from[{i}]";
            if (from[i] is { } entry)
            {
                SourceValidator.Validate(entry.Source, action, field + ".source", report);
            }
            else
            {
                report.Add(ValidationCodes.EntryNull, field, "the entry is null");
            }
        }
    }

    private static void ValidateTo(IReadOnlyList<RuleTo?> to, string rule, FindingReport report)
    {
        for (var i = 0; i < to.Count; i++)
        {
            var field = $"{rule}.to[{i}]";
            if (to[i] is { } entry)
            {
                OperationValidator.Validate(entry.Operation, field + ".operation", report);
            }
            else
            {
                report.Add(ValidationCodes.EntryNull, field, "the entry is null");
            }
        }
    }

    // As Istio warns, and no more: conditions are not looked at.
    public static bool RefusesTcp(Rule rule) =>
        (rule.From.Count > 0 && rule.To.Count == 0 && !rule.From.Any(entry => SourceValidator.MatchesTcp(entry?.Source)))
        || (rule.To.Count > 0 && !rule.To.Any(entry => OperationValidator.MatchesTcp(entry?.Operation)));
}
