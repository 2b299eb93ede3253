using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace AuthzEngine.Tests;

/// <summary>Random texts that come near to matching, and expressions as RE2 reads them: the oracle of the matchers.</summary>
internal static class Texts
{
    private const int MaxPieces = 9;

    private const int TextsPerPattern = 20;

    /// <summary>Texts of the given pieces; few and telling ones, so that many of them match.</summary>
    public static Arbitrary<string> Of(params string[] pieces) =>
        (from count in Gen.Choose(0, MaxPieces)
         from chosen in Gen.Elements(pieces).ArrayOf(count)
         select string.Concat(chosen)).ToArbitrary();

    /// <summary>Whether the whole of a text matches; a dot is no newline.</summary>
    public static bool IsWholeMatch(string expression, string text) =>
        Regex.IsMatch(text, $@"\A(?:{expression})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Checks a rule for random patterns, each with several texts: an expression is dear to build.</summary>
    public static void HoldsFor(Arbitrary<string> patterns, Arbitrary<string> texts, Func<string, string, bool> rule) =>
        Prop.ForAll(patterns, texts.Generator.ArrayOf(TextsPerPattern).ToArbitrary(), (pattern, several) =>
            several.All(text => rule(pattern, text))).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
}
