using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Subjects;

/// <summary>A list of values in a rule, wherever it is written: <c>principals</c> and <c>source.principal</c> are one thing to a lint.</summary>
/// <param name="Attribute">What it reads.</param>
/// <param name="Path">Path within the resource.</param>
/// <param name="Negated">Whether it is a <c>not</c> list.</param>
/// <param name="Values">The values; at least one.</param>
internal sealed record WrittenField(RuleAttribute Attribute, string Path, bool Negated, IReadOnlyList<string> Values)
{
    /// <summary>What stands in brackets after the key of a header or claim, brackets not included; else empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Path of what <see cref="Name"/> stands in; that of the values where there is no key.</summary>
    public string KeyPath { get; init; } = Path;

    /// <summary>Whether it reads the peer's certificate.</summary>
    public bool ReadsPeer => Attribute is RuleAttribute.Principal or RuleAttribute.Namespace or RuleAttribute.ServiceAccount or RuleAttribute.TrustDomain;

    /// <summary>Whether it reads the token.</summary>
    public bool ReadsToken => Attribute is RuleAttribute.RequestPrincipal or RuleAttribute.Claim;

    /// <summary>Whether TCP has no such attribute, authorization-policy §2.6.</summary>
    public bool IsHttpOnly => ReadsToken
        || Attribute is RuleAttribute.Header or RuleAttribute.Host or RuleAttribute.Method or RuleAttribute.Path;

    /// <summary>What a value that nothing matches does.</summary>
    public string NeverMatches => Negated ? "it excludes nothing" : "it never matches";

    /// <summary>Whether a request gets through that the author had in mind and the value misses.</summary>
    public bool MissLetsThrough(PolicyAction action) =>
        action == PolicyAction.Allow ? Negated : action is PolicyAction.Deny or PolicyAction.Custom && !Negated;

    /// <summary>Whether a request gets through that the author did not have in mind and the value matches.</summary>
    public bool ExcessLetsThrough(PolicyAction action) =>
        action == PolicyAction.Allow ? !Negated : action is PolicyAction.Deny or PolicyAction.Custom && Negated;

    /// <summary>Asks about each value.</summary>
    public IEnumerable<Remark> EachValue(string code, Func<string, Advice?> check)
    {
        for (var i = 0; i < Values.Count; i++)
        {
            if (check(Values[i]) is { } advice)
            {
                yield return new(code, $"{Path}[{i}]", advice.Message, advice.Suggestion, advice.Severity);
            }
        }
    }
}
