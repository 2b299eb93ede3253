namespace AuthzEngine.Tokens;

/// <summary>Judges the tokens of one request for one rule after the other; each token is taken apart once.</summary>
internal sealed class TokenJudge(IReadOnlyList<FoundToken> found, ITokenVerifier verifier, DateTimeOffset now)
{
    private readonly (bool Done, ReadToken? Token)[] _read = new (bool, ReadToken?)[found.Count];

    /// <summary>Judges the tokens that a rule sees.</summary>
    /// <remarks>
    /// All of them must be good: beside a good token, a bad one would reach the workload, which may take that one.
    /// </remarks>
    /// <param name="rule">The rule.</param>
    /// <returns>The outcome; null where the rule sees no token.</returns>
    public TokenOutcome? Judge(TokenRule rule)
    {
        ReadToken? first = null;
        var accepted = new List<FoundToken>();
        for (var i = 0; i < found.Count; i++)
        {
            if (!rule.Locations.Contains(found[i].Location))
            {
                continue;
            }

            if (Check(i, rule) is var fault and not TokenFault.None)
            {
                return TokenOutcome.Refused(fault, found[i].Location);
            }

            accepted.Add(found[i]);
            first ??= Read(i);
        }

        return first is null ? null : TokenOutcome.Verified(rule.Rule, first, accepted);
    }

    // The signature last: it is what costs.
    private TokenFault Check(int index, TokenRule rule)
    {
        if (Read(index) is not { } token)
        {
            return TokenFault.Malformed;
        }

        var fault = rule.Check(token.Claims, now);
        return fault == TokenFault.None ? verifier.CheckSignature(token, rule.Rule) : fault;
    }

    private ReadToken? Read(int index)
    {
        if (!_read[index].Done)
        {
            _read[index] = (true, verifier.Read(found[index].Text));
        }

        return _read[index].Token;
    }
}
