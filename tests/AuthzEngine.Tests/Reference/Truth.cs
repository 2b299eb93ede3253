namespace AuthzEngine.Tests.Reference;

/// <summary>Kleene's three values; AND is the least, OR the greatest.</summary>
internal enum Truth
{
    False,
    Unknown,
    True,
}

internal static class Kleene
{
    public static Truth Of(bool value) => value ? Truth.True : Truth.False;

    public static Truth Not(Truth value) => (Truth)(Truth.True - value);

    public static Truth All(IEnumerable<Truth> values) => values.Append(Truth.True).Min();

    public static Truth Any(IEnumerable<Truth> values) => values.Append(Truth.False).Max();
}
