using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Authenticates by service-account token: the named cluster judges first; of tokens that cannot be its own, the configured issuers do.</summary>
internal sealed class ServiceAccountAuthenticator(ClusterTokenDirectory clusters, TokenAuthenticator issuers) : IAuthenticator
{
    /// <inheritdoc />
    public ValueTask<AuthenticationOutcome?> AuthenticateAsync(CallCredentials credentials, CancellationToken cancellationToken)
    {
        if (credentials.Token is not { } token || clusters.Find(credentials.ClusterId) is not { } cluster)
        {
            return new(issuers.Authenticate(credentials));
        }

        var judging = cluster.AuthenticateAsync(token, cancellationToken);
        return judging.IsCompletedSuccessfully
            ? new(AskOthers(judging.Result, credentials))
            : new(AskOthersAsync(judging.AsTask(), credentials));
    }

    private async Task<AuthenticationOutcome?> AskOthersAsync(Task<AuthenticationOutcome> judging, CallCredentials credentials) =>
        AskOthers(await judging, credentials);

    private AuthenticationOutcome AskOthers(AuthenticationOutcome outcome, CallCredentials credentials)
    {
        if (!MayBeOfAnother(outcome) || !issuers.Knows(credentials.ClusterId))
        {
            return outcome;
        }

        // What could not be judged outweighs a refusal: the caller may come back and be right.
        return issuers.Authenticate(credentials) switch
        {
            AuthenticationOutcome.Authenticated other => other,
            AuthenticationOutcome.Refused { Reason: AuthenticationError.UnknownIssuer } => outcome,
            { } other when outcome is AuthenticationOutcome.Refused => other,
            _ => outcome,
        };
    }

    // Never what the cluster refused although it is its own: a configured issuer looks at no pod.
    private static bool MayBeOfAnother(AuthenticationOutcome outcome) => outcome is
        AuthenticationOutcome.Refused
        {
            Reason: AuthenticationError.UnknownIssuer or AuthenticationError.UnknownKey or AuthenticationError.KeyNotForAlgorithm
                or AuthenticationError.BadSignature,
        }
        or AuthenticationOutcome.Unavailable { Reason: AuthenticationError.KeysNotLoaded or AuthenticationError.KeysTooOld or AuthenticationError.KeyAwaited };
}
