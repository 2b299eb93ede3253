namespace AuthzEngine.Diagnostics;

/// <summary>Names of members as the paths of findings have them.</summary>
public static class MemberName
{
    private const int MaxWordLength = 64;

    /// <summary>Prints what follows the path of an object.</summary>
    /// <param name="name">The member's name; untrusted.</param>
    /// <returns><c>.name</c>, or <c>["any text"]</c> for a name that is no word; such a text is cut as in messages.</returns>
    public static string Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= MaxWordLength && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-')
            ? "." + name
            : $"[\"{Excerpt.Of(name)[1..^1]}\"]";
    }
}
