using System.Diagnostics;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using MeshCA.Telemetry;
using SpiffeIdentity;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Judges tokens of one cluster: shape and claims, signature, the API server's word once per token, and at each use the life of pod and service account.</summary>
internal sealed class ClusterTokenAuthenticator(
    ClusterTokenSettings settings,
    ClusterKeyRing keys,
    TokenReviewer reviewer,
    ClusterLiveness liveness,
    TimeProvider clock,
    CertificateMetrics tokenMetrics,
    ClusterTokenMetrics metrics) : IDisposable
{
    private const int MaxRefused = 10_000;
    private static readonly TimeSpan RefusedAge = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UnwatchedAge = TimeSpan.FromMinutes(1);

    private readonly RecentTokens<TokenHash, ReviewedToken> _known = new(settings.CacheEntries, settings.CacheAge);
    private readonly RecentTokens<TokenHash, AuthenticationOutcome.Refused> _refused = new(MaxRefused, RefusedAge);
    private readonly SingleFlight<TokenHash, Verification> _reviews = new();

    /// <summary>Whose tokens, and how they are judged.</summary>
    public ClusterTokenSettings Settings => settings;

    /// <summary>The API server's keys.</summary>
    public ClusterKeyRing Keys => keys;

    /// <summary>The cluster's pods and service accounts.</summary>
    public ClusterLiveness Liveness => liveness;

    /// <summary>How many accepted tokens are remembered.</summary>
    public int Known => _known.Count;

    /// <summary>How many refused ones.</summary>
    public int Refused => _refused.Count;

    /// <summary>Judges a token.</summary>
    /// <param name="text">The token; untrusted, secret.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<AuthenticationOutcome> AuthenticateAsync(ReadOnlyMemory<char> text, CancellationToken cancellationToken)
    {
        if (text.Length > CompactJws.MaxLength)
        {
            return new(Refuse(AuthenticationError.TokenTooLong));
        }

        if (!TokenHash.TryCompute(text.Span, out var hash))
        {
            return new(Refuse(AuthenticationError.BadTokenEncoding));
        }

        var now = clock.GetUtcNow();
        var known = FindKnown(hash, now);
        tokenMetrics.TokenCacheLookup(hit: known is not null);
        if (known is not null)
        {
            return ReuseAsync(known, now, cancellationToken);
        }

        // Only tokens about which the API server was asked: the others cost it nothing.
        return _refused.TryFind(hash, now, out var refused) ? new(refused)
            : !CompactToken.TryParse(text.Span, out var token, out var error) ? new(Refuse(error))
            : new(VerifyAsync(token, hash, now, cancellationToken));
    }

    /// <summary>What is wrong with what tokens are judged by; none if nothing is.</summary>
    public AuthenticationError Fault(DateTimeOffset now) =>
        settings.ChecksSignatures && !keys.TryGetKeys(now, out _, out var missing) ? missing : liveness.CopyFault(now);

    /// <inheritdoc />
    public void Dispose()
    {
        reviewer.Dispose();
        liveness.Dispose();
    }

    private ReviewedToken? FindKnown(TokenHash hash, DateTimeOffset now) =>
        _known.TryFind(hash, now, out var known) && now < known.Until && known.Key is null or { IsPublished: true } ? known : null;

    // Time goes on, keys grow old, and pods end between two uses; the signature and the API server's word stay.
    private ValueTask<AuthenticationOutcome> ReuseAsync(ReviewedToken token, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (settings.ChecksSignatures && !keys.TryGetKeys(now, out _, out var missing))
        {
            return new(new AuthenticationOutcome.Unavailable(missing, settings.Id));
        }

        if (ClaimRules.CheckTimes(token.Claims, now, settings.Leeway) is var error and not AuthenticationError.None)
        {
            return new(Refuse(error));
        }

        return liveness.TryCheck(token.Bound, now, out var found)
            ? new(Conclude(token, found, now))
            : new(ConcludeAsync(token, now, cancellationToken));
    }

    private async Task<AuthenticationOutcome> VerifyAsync(
        CompactToken token, TokenHash hash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (CheckHere(token, now, out var key, out var account) is { } outcome)
        {
            return outcome;
        }

        var verification = settings.AsksServer
            ? await _reviews.RunAsync(hash, ended => ReviewAsync(token, account!, key, hash, ended), cancellationToken)
            : Remember(Accept(token, account!, null, key, hash, now), hash, now);
        return verification.Accepted is { } accepted
            ? await ConcludeAsync(accepted, now, cancellationToken)
            : verification.Outcome!;
    }

    // What can be told without the API server, so that garbage, and other clusters' tokens, never reach it.
    private AuthenticationOutcome? CheckHere(CompactToken token, DateTimeOffset now, out VerificationKey? key, out ServiceAccount? account)
    {
        (key, account) = (null, null);
        VerificationKeySet? published = null;
        if (settings.ChecksSignatures && !keys.TryGetKeys(now, out published, out var missing))
        {
            return new AuthenticationOutcome.Unavailable(missing, settings.Id);
        }

        var error = !IsIssuer(token.Claims.Issuer) ? AuthenticationError.UnknownIssuer
            : ClaimRules.Check(token.Claims, settings.Audiences, now, settings.Leeway) is var broken and not AuthenticationError.None ? broken
            : ClaimRules.FindIdentity(token.Claims, settings.TrustDomain, out _) is var unnamed and not AuthenticationError.None ? unnamed
            : !ServiceAccount.TryParse(token.Claims.Subject, out account) ? AuthenticationError.NotServiceAccount
            : !settings.Covers(account.Namespace) ? AuthenticationError.NamespaceNotAllowed
            : settings.RequiresPod && token.Claims.Kubernetes is { PodName: null } or { PodUid: null } ? AuthenticationError.PodRequired
            : AuthenticationError.None;
        return error != AuthenticationError.None ? Refuse(error, Printable.Of(error == AuthenticationError.UnknownIssuer ? token.Claims.Issuer : token.Claims.Subject))
            : published is null ? null
            : CheckSignature(token, published, now, out key);
    }

    private AuthenticationOutcome? CheckSignature(CompactToken token, VerificationKeySet published, DateTimeOffset now, out VerificationKey? key)
    {
        if (!published.TryFind(token.Jws.KeyId, token.Jws.Algorithm, out key, out var error))
        {
            return error == AuthenticationError.UnknownKey && keys.RequestRefresh(published, now)
                ? new AuthenticationOutcome.Unavailable(AuthenticationError.KeyAwaited, settings.Id)
                : Refuse(error);
        }

        return TokenSignature.Verify(token.Jws, token.Claims.Signed, key) ? null : Refuse(AuthenticationError.BadSignature);
    }

    private bool IsIssuer(string issuer) =>
        settings.Issuers.Count > 0 ? settings.Issuers.Contains(issuer)
        : !settings.ChecksSignatures || keys.Issuer == issuer;

    // One for all who show the token now. It remembers before it ends, so that whoever comes next finds what it found.
    private async Task<Verification> ReviewAsync(
        CompactToken token, ServiceAccount account, VerificationKey? key, TokenHash hash, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (FindKnown(hash, now) is { } known)
        {
            return new(known, null);
        }

        if (_refused.TryFind(hash, now, out var refused))
        {
            return new(null, refused);
        }

        var review = await reviewer.AskAsync(token.Jws.Text, cancellationToken);
        now = clock.GetUtcNow();
        switch (review)
        {
            case TokenReview.Accepted(var user) when Contradiction(user, account, token.Claims.Kubernetes) is { } contradiction:
                return RememberRefusal(new(AuthenticationError.ClaimsDisagree, $"{settings.Id}: the API server says another {contradiction}"), hash, now);
            case TokenReview.Accepted(var user):
                return Remember(Accept(token, account, user, key, hash, now), hash, now);
            case TokenReview.Refused(var reason, var detail):
                return RememberRefusal(new(reason, $"{settings.Id}: {detail}"), hash, now);
            case TokenReview.Unavailable(var isOutage, _) when isOutage && settings.VerifiesOffline && settings.ChecksSignatures:
                metrics.Reviewed(settings.Id, "offline", TimeSpan.Zero);
                return new(Accept(token, account, null, key, hash, now), null);
            case TokenReview.Unavailable(_, var detail):
                return new(null, new AuthenticationOutcome.Unavailable(AuthenticationError.ClusterUnreachable, $"{settings.Id}: {detail}"));
            default:
                throw new UnreachableException();
        }
    }

    // Both speak of one token, so what both say must be the same.
    private static string? Contradiction(ReviewedUser user, ServiceAccount account, KubernetesClaims claims) =>
        user.Account.ToString() != account.ToString() ? "service account"
        : Differ(user.AccountUid, claims.ServiceAccountUid) ? "UID of the service account"
        : Differ(user.PodName, claims.PodName) || Differ(user.PodUid, claims.PodUid) ? "pod"
        : Differ(user.NodeName, claims.NodeName) ? "node"
        : null;

    private static bool Differ(string? left, string? right) => left is not null && right is not null && left != right;

    private ReviewedToken Accept(
        CompactToken token, ServiceAccount account, ReviewedUser? user, VerificationKey? key, TokenHash hash, DateTimeOffset now)
    {
        var claims = token.Claims.Kubernetes;
        var podName = claims.PodName ?? user?.PodName;
        var podUid = claims.PodUid ?? user?.PodUid;
        var isBound = podName is not null && podUid is not null;
        var bound = new BoundObjects(
            account.Namespace,
            account.Name,
            claims.ServiceAccountUid ?? user?.AccountUid,
            isBound ? podName : null,
            isBound ? podUid : null,
            isBound ? claims.NodeName ?? user?.NodeName : null);
        _ = account.TryGetId(settings.TrustDomain, out SpiffeId? id);

        // Secrets are not watched, nor are nodes; a pod's node goes no sooner than the pod.
        var isUnwatched = claims.IsBoundToSecret || (!isBound && (claims.NodeName ?? user?.NodeName) is not null);
        var age = isUnwatched && settings.CacheAge > UnwatchedAge ? UnwatchedAge : settings.CacheAge;
        return new ReviewedToken(id!, token.Claims, bound, new()
        {
            Authenticator = $"{(user is null ? "jwt" : "tokenreview")}:{settings.Id}",
            TokenTime = now,
            TokenId = token.Claims.TokenId ?? user?.TokenId ?? hash.ToShortText(),
            Cluster = settings.Id,
            PodName = bound.Pod,
            PodUid = bound.PodUid,
            NodeName = bound.Node,
        })
        {
            Key = key is null ? null : new KeyInForce(keys, key),
            Until = now + age,
        };
    }

    private Verification Remember(ReviewedToken token, TokenHash hash, DateTimeOffset now)
    {
        _known.Add(hash, token, now);
        return new(token, null);
    }

    private Verification RememberRefusal(AuthenticationOutcome.Refused refusal, TokenHash hash, DateTimeOffset now)
    {
        _refused.Add(hash, refusal, now);
        return new(null, refusal);
    }

    private async Task<AuthenticationOutcome> ConcludeAsync(ReviewedToken token, DateTimeOffset now, CancellationToken cancellationToken) =>
        Conclude(token, await liveness.AskAsync(token.Bound, now, cancellationToken), now);

    private AuthenticationOutcome Conclude(ReviewedToken token, in Liveness found, DateTimeOffset now)
    {
        if (found.State == LivenessState.Alive)
        {
            return new AuthenticationOutcome.Authenticated(token.ToCaller(now, settings.Id, found));
        }

        metrics.NotAlive(settings.Id, found.Reason.ToString());
        var detail = $"{settings.Id}: {token.Bound.Namespace}/{token.Bound.Account}, pod {token.Bound.Pod ?? "none"} {found.Detail}";
        return found.State == LivenessState.Refused
            ? new AuthenticationOutcome.Refused(found.Reason, detail)
            : new AuthenticationOutcome.Unavailable(found.Reason, detail);
    }

    private AuthenticationOutcome.Refused Refuse(AuthenticationError reason, string detail = "") =>
        new(reason, detail.Length > 0 ? $"{settings.Id}: {detail}" : settings.Id);

    // One of the two.
    private readonly record struct Verification(ReviewedToken? Accepted, AuthenticationOutcome? Outcome);
}
