namespace AuthzEngine.Policies;

/// <summary>The annotation that turns a policy into a dry run, authorization-policy §1.2.</summary>
public static class DryRun
{
    /// <summary>Reads its value, by the texts of Go's ParseBool.</summary>
    /// <param name="text">The value; untrusted.</param>
    /// <param name="value">What it says; false where it says nothing.</param>
    /// <returns>Whether it is a truth value.</returns>
    public static bool TryParse(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "TRUE" or "true" or "True";
        return value || text is "0" or "f" or "F" or "FALSE" or "false" or "False";
    }

    /// <summary>Whether a policy is only evaluated, never enforced. A value that is no truth value marks nothing.</summary>
    /// <param name="policy">The policy.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsMarked(AuthorizationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.Annotations.TryGetValue(AuthorizationPolicy.DryRunAnnotation, out var text)
            && TryParse(text, out var marked) && marked;
    }
}
