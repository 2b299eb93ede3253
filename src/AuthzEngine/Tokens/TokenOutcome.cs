using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Tokens;

/// <summary>What became of the tokens of a request. No record: a record's printed form would hold the claims.</summary>
public sealed class TokenOutcome
{
    private TokenOutcome(TokenState state) => State = state;

    /// <summary>What the decision needs to know.</summary>
    public TokenState State { get; }

    /// <summary>Why the request is refused; none where it is not.</summary>
    public TokenFault Fault { get; private init; }

    /// <summary>Where the accepted or refused token stands; null without one.</summary>
    public TokenLocation? Location { get; private init; }

    /// <summary>The rule that accepts the token; null where none does.</summary>
    public JwtRule? Rule { get; private init; }

    /// <summary>Payload of the accepted token; null without one.</summary>
    public ClaimValue.Struct? Payload { get; private init; }

    /// <summary>The accepted token, and others of the request that the same rule accepts; secret.</summary>
    public IReadOnlyList<FoundToken> Accepted { get; private init; } = [];

    internal static TokenOutcome Absent { get; } = new(TokenState.Absent);

    internal static TokenOutcome Refused(TokenFault fault, TokenLocation location) =>
        new(fault == TokenFault.AudienceRefused ? TokenState.AudienceRefused : TokenState.Invalid)
        {
            Fault = fault,
            Location = location,
        };

    internal static TokenOutcome Verified(JwtRule rule, ReadToken token, IReadOnlyList<FoundToken> accepted) =>
        new(TokenState.Verified)
        {
            Location = accepted[0].Location,
            Rule = rule,
            Payload = token.Payload,
            Accepted = accepted,
        };
}
