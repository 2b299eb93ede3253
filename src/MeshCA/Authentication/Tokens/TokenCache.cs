using System.Diagnostics.CodeAnalysis;
using MeshCA.Authentication.Keys;

namespace MeshCA.Authentication.Tokens;

/// <summary>Service-account tokens verified a short while ago, by SHA-256 and the issuers that were asked.</summary>
/// <remarks>Entries hold no token, only its hash.</remarks>
internal sealed class TokenCache(int maxEntries, TimeSpan maxAge)
{
    private readonly RecentTokens<Key, VerifiedToken> _tokens = new(maxEntries, maxAge);

    /// <summary>How many tokens are held.</summary>
    public int Count => _tokens.Count;

    /// <summary>Finds a token that still counts as verified.</summary>
    /// <param name="hash">The token's hash.</param>
    /// <param name="issuers">The issuers that may vouch for the call.</param>
    /// <param name="now">The present.</param>
    /// <param name="token">The token, or null.</param>
    public bool TryFind(
        TokenHash hash, IssuerSet issuers, DateTimeOffset now, [NotNullWhen(true)] out VerifiedToken? token) =>
        _tokens.TryFind(new(hash, issuers), now, out token) && token.KeyStillPublished;

    /// <summary>Keeps a token just verified.</summary>
    public void Add(TokenHash hash, IssuerSet issuers, VerifiedToken token, DateTimeOffset now) =>
        _tokens.Add(new(hash, issuers), token, now);

    private readonly record struct Key(TokenHash Hash, IssuerSet Issuers);
}
