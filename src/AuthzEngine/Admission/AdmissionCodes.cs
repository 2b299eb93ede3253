namespace AuthzEngine.Admission;

/// <summary>Stable names of the rules of admission, errors but for the last; <c>docs/policy-findings.md</c> says what each means.</summary>
public static class AdmissionCodes
{
    /// <summary>The same resource is in two sources, or twice in one.</summary>
    public const string ResourceDuplicate = "resource-duplicate";

    /// <summary>A document's kind, namespace or name cannot be read.</summary>
    public const string DocumentUnidentified = "document-unidentified";

    /// <summary>A resource is gone from a source in which a document cannot be identified.</summary>
    public const string ResourceMissing = "resource-missing";

    /// <summary>A resource is for another revision of the control plane, and not read.</summary>
    public const string OtherRevision = "other-revision";
}
