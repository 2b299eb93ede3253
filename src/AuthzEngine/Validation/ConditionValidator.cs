using AuthzEngine.Policies;

namespace AuthzEngine.Validation;

/// <summary>A condition, authorization-policy §6.3.</summary>
internal static class ConditionValidator
{
    public static void Validate(Condition? condition, PolicyAction action, string path, FindingReport report)
    {
        if (condition is null)
        {
            report.Add(ValidationCodes.EntryNull, path, "the condition is null");
            return;
        }

        var attribute = ConditionAttribute.Find(condition.Key);
        ValidateKey(condition.Key, attribute, action, path + ".key", report);
        if (condition.Values.Count == 0 && condition.NotValues.Count == 0)
        {
            report.Add(ValidationCodes.ConditionValuesMissing, path, "the condition has neither values nor notValues");
        }

        ValidateValues(condition.Values, attribute, path + ".values", report);
        ValidateValues(condition.NotValues, attribute, path + ".notValues", report);
    }

    private static void ValidateKey(
        string key, ConditionAttribute? attribute, PolicyAction action, string field, FindingReport report)
    {
        if ((attribute is null ? ConditionKey.CheckUnknown(key) : ConditionKey.Check(key, attribute)) is { } problem)
        {
            report.Add(problem.Code, field, problem.Message, problem.Suggestion);
        }

        if (action == PolicyAction.Custom && attribute is { InCustom: false })
        {
            report.Add(ValidationCodes.CustomAttributeUnsupported, field, $"`{attribute.Name}` is not known where CUSTOM is decided");
        }
    }

    private static void ValidateValues(
        IReadOnlyList<string> values, ConditionAttribute? attribute, string field, FindingReport report)
    {
        ValueList.Validate(values, field, report, attribute?.Check);
        if (attribute?.IsServiceAccount == true)
        {
            ServiceAccountValidator.ValidateCount(values, field, report);
        }
    }
}
