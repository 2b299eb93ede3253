namespace AuthzEngine.Formats.Registration;

/// <summary>Codes of what is found in a registration file, besides those of reading.</summary>
public static class RegistrationCodes
{
    /// <summary>An entry without what it must have.</summary>
    public const string Incomplete = "registration-incomplete";

    /// <summary>Two entries of one name, or with one hint.</summary>
    public const string Repeated = "registration-repeated";

    /// <summary>A value out of range, or not of its form.</summary>
    public const string ValueInvalid = "registration-value-invalid";

    /// <summary>Selectors that no caller can have at once.</summary>
    public const string NeverMatches = "registration-never-matches";

    /// <summary>More entries than are taken.</summary>
    public const string TooMany = "registration-too-many";
}
