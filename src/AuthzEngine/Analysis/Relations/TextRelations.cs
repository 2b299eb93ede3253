using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Relations;

/// <summary>What is certain about two text patterns of one attribute. Where nothing is certain the answer is no.</summary>
internal static class TextRelations
{
    /// <summary>Whether one matches whatever the other matches.</summary>
    public static bool Covers(TextPattern wide, TextPattern narrow)
    {
        if (wide == narrow)
        {
            return true;
        }

        return (wide.Kind, narrow.Kind) switch
        {
            (TextMatch.Present, _) => true,
            (TextMatch.NonEmpty, TextMatch.Exact) => wide.Matches(narrow.Text),
            (TextMatch.Exact or TextMatch.Prefix or TextMatch.Suffix, TextMatch.Exact) => AtLeastAsLax(wide, narrow) && wide.Matches(narrow.Text),
            (TextMatch.Prefix, TextMatch.Prefix) or (TextMatch.Suffix, TextMatch.Suffix) => AtLeastAsLax(wide, narrow) && wide.Matches(narrow.Text),
            (TextMatch.Prefix or TextMatch.Suffix, TextMatch.Present or TextMatch.NonEmpty) => wide.Text.Length == 0,
            _ => false,
        };
    }

    /// <summary>Whether no text matches both.</summary>
    public static bool AreDisjoint(TextPattern one, TextPattern other)
    {
        // Compared without case where either is: what differs even then differs.
        var (left, right) = (one with { IgnoreCase = true }, other with { IgnoreCase = true });
        var exactCase = !one.IgnoreCase && !other.IgnoreCase;
        var (a, b) = exactCase ? (one, other) : (left, right);
        return (a.Kind, b.Kind) switch
        {
            (TextMatch.Exact, _) => !b.Matches(a.Text),
            (_, TextMatch.Exact) => !a.Matches(b.Text),
            (TextMatch.Prefix, TextMatch.Prefix) => !a.Matches(b.Text) && !b.Matches(a.Text),
            (TextMatch.Suffix, TextMatch.Suffix) => !a.Matches(b.Text) && !b.Matches(a.Text),
            _ => false,
        };
    }

    private static bool AtLeastAsLax(TextPattern wide, TextPattern narrow) => wide.IgnoreCase || !narrow.IgnoreCase;
}
