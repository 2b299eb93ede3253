using AuthzEngine.Matching;

namespace AuthzEngine.Evaluation.Clauses;

/// <summary>Patterns on the server name. Envoy lowers the name and not the pattern, authorization-policy §3.1.</summary>
internal static class SniPattern
{
    /// <summary>Says the same without lowering the name: an upper-case pattern never matches, others match in any case.</summary>
    /// <param name="patterns">Patterns on the lowered name.</param>
    /// <returns>Patterns on the name as it came.</returns>
    public static IReadOnlyList<TextPattern> Of(IReadOnlyList<TextPattern> patterns) =>
        [.. patterns.Where(pattern => !pattern.Text.Any(char.IsAsciiLetterUpper)).Select(pattern => pattern with { IgnoreCase = true })];
}
