using System.Collections.Frozen;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>The top-level claims that each rule of a RequestAuthentication splits at spaces; authorization-policy §3.7.</summary>
internal sealed class SpaceDelimitedClaims
{
    private readonly (JwtRule Rule, FrozenSet<string> Names)[] _rules;

    private SpaceDelimitedClaims((JwtRule, FrozenSet<string>)[] rules) => _rules = rules;

    /// <summary>Reads the rules of a workload.</summary>
    /// <param name="rules">The rules, in order.</param>
    /// <returns>Null where no rule names a claim: then only <c>scope</c> and <c>permission</c> are split.</returns>
    public static SpaceDelimitedClaims? Of(IReadOnlyList<JwtRule> rules) => rules.All(rule => rule.SpaceDelimitedClaims.Count == 0)
        ? null
        : new([.. rules.Select(rule => (rule, rule.SpaceDelimitedClaims.ToFrozenSet(StringComparer.Ordinal)))]);

    /// <summary>Whether Envoy splits a claim wherever it stands at the top.</summary>
    /// <param name="name">The claim.</param>
    /// <returns>Whether it does.</returns>
    public static bool IsAlways(string name) => name is "scope" or "permission";

    /// <summary>Whether the rule that accepted a token splits a claim.</summary>
    /// <param name="name">The claim.</param>
    /// <param name="payload">The token's payload.</param>
    /// <returns>Whether it does.</returns>
    public bool Contains(string name, ClaimValue.Struct payload)
    {
        var issuer = payload.Members.TryGetValue("iss", out var claim) && claim is ClaimValue.Text(var text) ? text : null;
        var accepted = Accepting(issuer, payload) ?? Accepting("", payload);
        return accepted is not null && accepted.Contains(name);
    }

    // Which rule a token satisfied is what its issuer and audience say; a rule without issuer takes what no other names.
    private FrozenSet<string>? Accepting(string? issuer, ClaimValue.Struct payload)
    {
        foreach (var (rule, names) in _rules)
        {
            if (rule.Issuer == issuer && AcceptsAudience(rule, payload))
            {
                return names;
            }
        }

        return null;
    }

    private static bool AcceptsAudience(JwtRule rule, ClaimValue.Struct payload)
    {
        if (rule.Audiences.Count == 0)
        {
            return true;
        }

        if (!payload.Members.TryGetValue("aud", out var audience))
        {
            return false;
        }

        for (var i = 0; i < rule.Audiences.Count; i++)
        {
            if (Names(audience, rule.Audiences[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Names(ClaimValue audience, string name)
    {
        switch (audience)
        {
            case ClaimValue.Text(var text):
                return text == name;
            case ClaimValue.List(var items):
                for (var i = 0; i < items.Count; i++)
                {
                    if (items[i] is ClaimValue.Text(var item) && item == name)
                    {
                        return true;
                    }
                }

                return false;
            default:
                return false;
        }
    }
}
