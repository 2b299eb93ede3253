using System.Runtime.CompilerServices;
using AuthzEngine.Formats.Json;
using AuthzEngine.Policies;
using AuthzEngine.Tokens;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>Takes tokens of requests apart and checks their signatures, with what the callers' tokens are checked with.</summary>
internal sealed class RequestTokenVerifier(
    RuleKeyRings rings, RecentTokens<TokenHash, VerifiedPayload> cache, TimeProvider clock, ILogger logger) : ITokenVerifier
{
    // A token without `kid` is tried with every key, as Envoy does; beyond this many it would be a way to keep us busy.
    private const int MaxCandidates = 8;

    private static readonly ClaimLimits Limits = new() { MaxLength = CompactJws.MaxLength };

    // By reference: policies that are loaded anew have new rules, and old ones go with the last request that they judge.
    private readonly ConditionalWeakTable<JwtRule, RuleKeys> _keys = [];

    public ReadToken? Read(string text)
    {
        if (text.Length > CompactJws.MaxLength || !TokenHash.TryCompute(text, out var hash))
        {
            return null;
        }

        if (cache.TryFind(hash, clock.GetUtcNow(), out var known))
        {
            return new RequestToken(text, hash, known.Payload, known.Claims, known.Key);
        }

        return CompactJws.TryParse(text, out var jws, out _)
            && ClaimValues.TryParse(jws.Payload, Limits, out var payload, out _)
            && RegisteredClaims.TryRead(payload, out var claims)
            ? new RequestToken(text, hash, payload, claims, knownKey: null)
            : null;
    }

    public TokenFault CheckSignature(ReadToken token, JwtRule rule)
    {
        var read = (RequestToken)token;
        var now = clock.GetUtcNow();
        var ruleKeys = KeysOf(rule);
        if (ruleKeys.At(now) is not { } keys)
        {
            return TokenFault.KeysUnavailable;
        }

        // Verified a short while ago, and the rule trusts that key still: what it says does not change.
        return read.KnownKey is { } key && keys.Contains(key) ? TokenFault.None : Verify(read, ruleKeys, keys, now);
    }

    private RuleKeys KeysOf(JwtRule rule) =>
        _keys.TryGetValue(rule, out var keys) ? keys : _keys.GetValue(rule, added => new RuleKeys(added, rings, logger));

    private TokenFault Verify(RequestToken token, RuleKeys ruleKeys, VerificationKeySet keys, DateTimeOffset now)
    {
        if (!CompactJws.TryParse(token.Text, out var jws, out _))
        {
            return TokenFault.Malformed;
        }

        var fault = TokenFault.UnknownKey;
        foreach (var key in keys.Candidates(jws.KeyId, jws.Algorithm).Take(MaxCandidates))
        {
            if (TokenSignature.Verify(jws, token.Signed, key))
            {
                cache.Add(token.Hash, new(token.Payload, token.Claims, key), now);
                return TokenFault.None;
            }

            fault = TokenFault.BadSignature;
        }

        if (fault == TokenFault.UnknownKey)
        {
            ruleKeys.RequestRefresh(keys, now);
        }

        return fault;
    }
}
