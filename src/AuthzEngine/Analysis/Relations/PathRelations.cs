using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Relations;

/// <summary>What is certain about two path patterns. Where nothing is certain the answer is no.</summary>
internal static class PathRelations
{
    /// <summary>Whether one matches whatever the other matches.</summary>
    public static bool Covers(PathPattern wide, PathPattern narrow) => (wide, narrow) switch
    {
        (PathPattern.Generic { Pattern.Kind: TextMatch.NonEmpty }, _) => true, // no path is empty or holds a newline
        (PathPattern.Generic one, PathPattern.Generic other) => TextRelations.Covers(one.Pattern, other.Pattern),
        (PathPattern.Template one, PathPattern.Template other) => one.Text == other.Text,
        (PathPattern.Template one, PathPattern.Generic { Pattern: { Kind: TextMatch.Exact } exact }) => one.Matches(exact.Text),
        (PathPattern.Generic { Pattern: { Kind: TextMatch.Prefix } prefix }, PathPattern.Template other) => prefix.Matches(other.LiteralPrefix),
        _ => false,
    };

    /// <summary>Whether no path matches both.</summary>
    public static bool AreDisjoint(PathPattern one, PathPattern other) => (one, other) switch
    {
        (PathPattern.Generic left, PathPattern.Generic right) => TextRelations.AreDisjoint(left.Pattern, right.Pattern),
        (PathPattern.Template template, PathPattern.Generic generic) => AreDisjoint(template, generic.Pattern),
        (PathPattern.Generic generic, PathPattern.Template template) => AreDisjoint(template, generic.Pattern),
        (PathPattern.Template left, PathPattern.Template right) => TextRelations.AreDisjoint(Prefix(left), Prefix(right)),
        _ => false,
    };

    private static bool AreDisjoint(PathPattern.Template template, TextPattern generic) => generic.Kind == TextMatch.Exact
        ? !template.Matches(generic.Text)
        : TextRelations.AreDisjoint(Prefix(template), generic);

    private static TextPattern Prefix(PathPattern.Template template) => new(TextMatch.Prefix, template.LiteralPrefix);
}
