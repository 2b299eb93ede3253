namespace AuthzEngine.Formats.Yaml.Fields;

/// <summary>Names of fields: proto3 JSON takes <c>notPrincipals</c> and <c>not_principals</c>; authorization-policy §1.1.</summary>
internal static class FieldNames
{
    private const int LongestCompared = 64;

    /// <summary>Whether a name as written means a field.</summary>
    /// <param name="written">As written.</param>
    /// <param name="field">Name in camel case.</param>
    /// <returns>Whether it does.</returns>
    public static bool Means(string written, string field) => written == field || IsSnakeCaseOf(written, field);

    /// <summary>Finds the name that was probably meant.</summary>
    /// <param name="written">As written; untrusted.</param>
    /// <param name="known">Names that there are.</param>
    /// <returns>The nearest, or null when none is near.</returns>
    public static string? Nearest(string written, IEnumerable<string> known)
    {
        if (written.Length > LongestCompared)
        {
            return null;
        }

        // A third of the letters may differ: `rule` is meant for `rules`, `from` is not meant for `rules`.
        var (best, least) = ((string?)null, (Math.Min(written.Length, 9) / 3) + 1);
        foreach (var name in known)
        {
            var distance = Distance(Folded(written), Folded(name));
            (best, least) = distance < least ? (name, distance) : (best, least);
        }

        return best;
    }

    private static string Folded(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static bool IsSnakeCaseOf(string written, string field)
    {
        var at = 0;
        foreach (var c in field)
        {
            if (char.IsAsciiLetterUpper(c) && (at >= written.Length || written[at++] != '_'))
            {
                return false;
            }

            if (at >= written.Length || written[at++] != char.ToLowerInvariant(c))
            {
                return false;
            }
        }

        return at == written.Length;
    }

    // Levenshtein's, with the exchange of two neighbours as one step: `form` is near `from`.
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i, j] = i == 0 || j == 0 ? i + j : Step(rows, a, b, i, j);
            }
        }

        return rows[a.Length, b.Length];
    }

    private static int Step(int[,] rows, string a, string b, int i, int j)
    {
        var change = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
        var least = Math.Min(change, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
        return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
            ? Math.Min(least, rows[i - 2, j - 2] + 1)
            : least;
    }
}
