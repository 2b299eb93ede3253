namespace AuthzEngine.Requests;

/// <summary>A value of a token's payload or of dynamic metadata, with the kind that JSON gave it.</summary>
/// <remarks>The kind decides: numbers, booleans and null never match a pattern, authorization-policy §3.7.</remarks>
public abstract record ClaimValue
{
    private ClaimValue()
    {
    }

    /// <summary>A string.</summary>
    /// <param name="Value">Its text.</param>
    public sealed record Text(string Value) : ClaimValue;

    /// <summary>A list.</summary>
    /// <param name="Items">Its elements.</param>
    public sealed record List(IReadOnlyList<ClaimValue> Items) : ClaimValue;

    /// <summary>An object.</summary>
    /// <param name="Members">Its members by name.</param>
    public sealed record Struct(IReadOnlyDictionary<string, ClaimValue> Members) : ClaimValue;

    /// <summary>A number.</summary>
    /// <param name="Value">Its text as JSON had it.</param>
    public sealed record Number(string Value) : ClaimValue;

    /// <summary>True or false.</summary>
    /// <param name="Value">Which.</param>
    public sealed record Boolean(bool Value) : ClaimValue;

    /// <summary>Null.</summary>
    public sealed record Null : ClaimValue;
}
