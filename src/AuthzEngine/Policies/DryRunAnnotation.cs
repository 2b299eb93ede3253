namespace AuthzEngine.Policies;

/// <summary>The value of the annotation <c>istio.io/dry-run</c>, authorization-policy §1.2.</summary>
public static class DryRunAnnotation
{
    /// <summary>Reads a value as Go's ParseBool does.</summary>
    /// <param name="text">The value; untrusted.</param>
    /// <param name="dryRun">What it says; false where it is none.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, out bool dryRun)
    {
        dryRun = text is "1" or "t" or "T" or "TRUE" or "true" or "True";
        return dryRun || text is "0" or "f" or "F" or "FALSE" or "false" or "False";
    }
}
