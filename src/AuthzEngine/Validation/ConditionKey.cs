using AuthzEngine.Diagnostics;

namespace AuthzEngine.Validation;

/// <summary>Keys of conditions, authorization-policy §6.3.</summary>
internal static class ConditionKey
{
    /// <summary>Checks a key of an attribute that exists.</summary>
    public static Problem? Check(string key, ConditionAttribute attribute)
    {
        if (!attribute.IsFamily)
        {
            return null;
        }

        var open = key.IndexOf('[', StringComparison.Ordinal);
        if (open <= 0 || !key.EndsWith(']') || open + 2 >= key.Length)
        {
            return new(
                ValidationCodes.ConditionKeyMalformed,
                $"{Excerpt.Of(key)} does not end in a name in brackets",
                $"write `{attribute.Name}{(attribute.Name.EndsWith('.') ? "filter" : "")}[name]`");
        }

        // Validation only looks at how the key starts, and the rule is then translated without it: §2.6.
        return !attribute.Name.EndsWith('.') && open != attribute.Name.Length
            ? new(
                ValidationCodes.ConditionKeyIneffective,
                $"{Excerpt.Of(key)} names nothing: an ALLOW rule with it never matches, any other rule matches as if it were not there",
                $"write `{attribute.Name}{key[open..]}`")
            : null;
    }

    /// <summary>Says what is wrong with a key of no attribute.</summary>
    public static Problem CheckUnknown(string key) => key switch
    {
        "" => new(ValidationCodes.ConditionKeyMissing, "the key is missing"),
        "destination.namespace" => Removed(key, "put the policy into that namespace"),
        "destination.name" or "destination.user" => Removed(key, null),
        _ when key.StartsWith("destination.labels", StringComparison.Ordinal) => Removed(key, "select the workloads in `spec.selector`"),
        _ => new(
            ValidationCodes.ConditionKeyUnknown,
            $"there is no attribute {Excerpt.Of(key)}",
            ConditionAttribute.FindSimilar(key) is { } similar ? $"write `{similar.Name}`" : null),
    };

    private static Problem Removed(string key, string? suggestion) =>
        new(ValidationCodes.ConditionKeyRemoved, $"{Excerpt.Of(key)} is no longer an attribute", suggestion);
}
