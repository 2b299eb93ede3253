namespace MeshCA.PolicySources;

/// <summary>Stable names of the findings about sources as a whole; <c>docs/policy-findings.md</c> says what each means.</summary>
internal static class SourceCodes
{
    /// <summary>A source is gone, empty or cannot be read; what it last held stays in force.</summary>
    public const string SourceUnreadable = "source-unreadable";

    /// <summary>A resource stands already in another source.</summary>
    public const string ResourceElsewhere = "resource-elsewhere";
}
