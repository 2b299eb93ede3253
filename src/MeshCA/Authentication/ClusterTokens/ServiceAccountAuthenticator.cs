using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Authenticates by service-account token: the named cluster judges first; of tokens that cannot be its own, the configured issuers do.</summary>
internal sealed class ServiceAccountAuthenticator(ClusterTokenDirectory clusters, TokenAuthenticator issuers) : IAuthenticator
{
    /// <inheritdoc />
    public async ValueTask<AuthenticationOutcome?> AuthenticateAsync(CallCredentials credentials, CancellationToken cancellationToken) =>
        credentials.Token is { } token && clusters.Find(credentials.ClusterId) is { } cluster
            ? AskOthers(await cluster.AuthenticateAsync(token, cancellationToken), credentials, cluster.Settings.Id)
            : issuers.Authenticate(credentials);

    private AuthenticationOutcome AskOthers(AuthenticationOutcome outcome, CallCredentials credentials, string cluster)
    {
        if (!MayBeOfAnother(outcome) || !issuers.Knows(credentials.ClusterId))
        {
            return outcome;
        }

        // What could not be judged outweighs a refusal: the caller may come back and be right.
        // A configured issuer of the same cluster judges only what has another `iss`: it looks at no pod.
        var isOther = outcome is AuthenticationOutcome.Refused { Reason: AuthenticationError.UnknownIssuer };
        return issuers.Authenticate(credentials, isOther ? null : cluster) switch
        {
            AuthenticationOutcome.Authenticated other => other,
            AuthenticationOutcome.Refused { Reason: AuthenticationError.UnknownIssuer } => outcome,
            { } other when outcome is AuthenticationOutcome.Refused => other,
            _ => outcome,
        };
    }

    // Never what the cluster refused although it is its own.
    private static bool MayBeOfAnother(AuthenticationOutcome outcome) => outcome is
        AuthenticationOutcome.Refused
        {
            Reason: AuthenticationError.UnknownIssuer or AuthenticationError.UnknownKey or AuthenticationError.KeyNotForAlgorithm
                or AuthenticationError.BadSignature,
        }
        or AuthenticationOutcome.Unavailable { Reason: AuthenticationError.KeysNotLoaded or AuthenticationError.KeysTooOld or AuthenticationError.KeyAwaited };
}
