using System.Collections.Frozen;
using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Tokens;

/// <summary>
/// The headers that rules set after a token is accepted. Whatever the client sends in them is removed, whether or not
/// there is a token: the workload takes them for verified.
/// </summary>
internal sealed class OutputHeaders
{
    private static readonly OutputHeaders None = new([]);

    private OutputHeaders(IEnumerable<string> names) =>
        Removed = names.ToFrozenDictionary(name => name, string? (_) => null, StringComparer.Ordinal);

    /// <summary>The removal of all of them, by name in lower case.</summary>
    public FrozenDictionary<string, string?> Removed { get; }

    public static OutputHeaders Of(IReadOnlyList<JwtRule> rules)
    {
        string[] names = [.. rules.SelectMany(Names).Distinct(StringComparer.Ordinal)];
        return names.Length == 0 ? None : new(names);
    }

    private static IEnumerable<string> Names(JwtRule rule) =>
        rule.OutputClaimToHeaders.OfType<ClaimToHeader>().Select(output => output.Header)
            .Append(rule.OutputPayloadToHeader)
            .Where(name => name.Length > 0)
            .Select(AsciiFolding.Lower);
}
