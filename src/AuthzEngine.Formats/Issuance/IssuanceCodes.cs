namespace AuthzEngine.Formats.Issuance;

/// <summary>Codes of what is found in an issuance policy, besides those of reading.</summary>
public static class IssuanceCodes
{
    /// <summary>A rule or rate without what it must have.</summary>
    public const string Incomplete = "issuance-incomplete";

    /// <summary>Two rules of one name.</summary>
    public const string NameTwice = "issuance-name-twice";

    /// <summary>A value out of range, or not of its form.</summary>
    public const string ValueInvalid = "issuance-value-invalid";

    /// <summary>A value that no caller can have.</summary>
    public const string NeverMatches = "issuance-never-matches";

    /// <summary>A rule behind one that takes everybody.</summary>
    public const string Unreachable = "issuance-unreachable";

    /// <summary>A rule that denies and grants.</summary>
    public const string GrantOfDenial = "issuance-grant-of-denial";

    /// <summary>Lifetimes that do not fit together.</summary>
    public const string LifetimeInvalid = "issuance-lifetime-invalid";

    /// <summary>More rules than are taken.</summary>
    public const string TooManyRules = "issuance-too-many-rules";
}
