using AuthzEngine.Policies;
using AuthzEngine.Requests;
using AuthzEngine.Tests.Spec;
using AuthzEngine.Tokens;

namespace AuthzEngine.Tests.Tokens;

/// <summary>Tokens by their text; those called <c>forged</c> have a signature of nobody's.</summary>
internal sealed class FakeVerifier : Dictionary<string, string>, ITokenVerifier
{
    public const string Forged = "forged";

    /// <summary>The texts that were taken apart, in order.</summary>
    public List<string> Reads { get; } = [];

    /// <summary>How many signatures were checked.</summary>
    public int Checks { get; private set; }

    public ReadToken? Read(string text)
    {
        Reads.Add(text);
        return TryGetValue(text, out var json) && TestClaims.Parse(json) is var payload && RegisteredClaims.TryRead(payload, out var claims)
            ? new Token(text, payload, claims)
            : null;
    }

    public TokenFault CheckSignature(ReadToken token, JwtRule rule)
    {
        Checks++;
        return ((Token)token).Text == Forged ? TokenFault.BadSignature : TokenFault.None;
    }

    private sealed class Token(string text, ClaimValue.Struct payload, RegisteredClaims claims) : ReadToken(payload, claims)
    {
        public string Text { get; } = text;
    }
}
