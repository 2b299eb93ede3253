using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>The RequestAuthentication rules of a workload, authorization-policy §7.2. Immutable; any number of threads may use it.</summary>
public sealed class TokenRules
{
    // Each costs a signature check for each rule; a request with more is nobody's honest one.
    private const int MaxTokens = 16;

    private readonly TokenRule[] _rules;
    private readonly TokenLocation[] _locations;

    private TokenRules(IReadOnlyList<JwtRule> rules)
    {
        _rules = [.. rules.Select(rule => new TokenRule(rule))];
        _locations = [.. rules.SelectMany(TokenLocation.Of).Distinct()];
        Reads = _locations.Aggregate(AttributeKinds.None, (kinds, location) => kinds | ReadBy(location));
        Outputs = OutputHeaders.Of(rules);
    }

    /// <summary>The attributes in which tokens may stand.</summary>
    public AttributeKinds Reads { get; }

    /// <summary>Headers that a rule sets, so that nobody else may.</summary>
    internal OutputHeaders Outputs { get; }

    /// <summary>Makes the rules of a workload ready.</summary>
    /// <param name="rules">The rules, by issuer.</param>
    /// <returns>Null where there is none.</returns>
    public static TokenRules? Of(IReadOnlyList<JwtRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return rules.Count == 0 ? null : new(rules);
    }

    /// <summary>Looks for tokens and judges them.</summary>
    /// <remarks>
    /// The requirement is <c>P1 OR ... OR Pn OR AND(Pi OR allow_missing)</c>. Once each Pi failed, its last alternative
    /// holds only where no rule finds a token: whoever sends a token is not served as if there were none.
    /// </remarks>
    /// <param name="request">The request; untrusted.</param>
    /// <param name="verifier">Checks signatures.</param>
    /// <param name="now">The present.</param>
    /// <returns>The first alternative that is satisfied, or why none is.</returns>
    public TokenOutcome Authenticate(in RequestAttributes request, ITokenVerifier verifier, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        if (request.Protocol != RequestProtocol.Http || Preflight.Is(in request))
        {
            return TokenOutcome.Absent;
        }

        var found = new List<FoundToken>();
        foreach (var location in _locations)
        {
            TokenSearch.Find(location, in request, found);
        }

        return found.Count switch
        {
            0 => TokenOutcome.Absent,
            > MaxTokens => TokenOutcome.Refused(TokenFault.TooManyTokens, found[0].Location),
            _ => Judge(new TokenJudge(found, verifier, now)),
        };
    }

    // A rule that expects another issuer says less about a token than the rule of its own issuer.
    private TokenOutcome Judge(TokenJudge judge)
    {
        TokenOutcome? refused = null;
        foreach (var rule in _rules)
        {
            var outcome = judge.Judge(rule);
            if (outcome?.State == TokenState.Verified)
            {
                return outcome;
            }

            refused = outcome is null || (refused is not null && outcome.Fault == TokenFault.UnknownIssuer) ? refused : outcome;
        }

        return refused ?? TokenOutcome.Absent;
    }

    private static AttributeKinds ReadBy(TokenLocation location) =>
        location is TokenLocation.Parameter ? AttributeKinds.Path : AttributeKinds.Headers;
}
