using MeshCA.Registration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Svids;

namespace MeshCA.Authentication;

/// <summary>Runs the authenticators in their order; the first success counts. No success is never "anonymous".</summary>
internal sealed class CallerAuthenticator(
    IReadOnlyList<IAuthenticator> authenticators, ILogger<CallerAuthenticator> logger)
{
    /// <summary>Authenticates a call.</summary>
    /// <param name="credentials">What it carries; untrusted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<AuthenticationOutcome> AuthenticateAsync(
        CallCredentials credentials, CancellationToken cancellationToken)
    {
        var outcome = await RunAsync(credentials, cancellationToken);
        if (outcome is AuthenticationOutcome.Authenticated(var caller))
        {
            outcome = CompareWithCertificate(caller, credentials) ?? outcome;
        }

        switch (outcome)
        {
            case AuthenticationOutcome.Refused(var reason, var detail):
                Log.CallerRefused(logger, reason.ToString(), detail);
                break;
            case AuthenticationOutcome.Unavailable(var reason, var detail):
                Log.CallerNotJudged(logger, reason.ToString(), detail);
                break;
        }

        return outcome;
    }

    // What could not be judged outweighs a refusal: the caller may come back and be right.
    private async ValueTask<AuthenticationOutcome> RunAsync(CallCredentials credentials, CancellationToken cancellationToken)
    {
        AuthenticationOutcome? worst = null;
        foreach (var authenticator in authenticators)
        {
            var outcome = await authenticator.AuthenticateAsync(credentials, cancellationToken);
            if (outcome is AuthenticationOutcome.Authenticated)
            {
                return outcome;
            }

            worst = worst is null || (worst is AuthenticationOutcome.Refused && outcome is AuthenticationOutcome.Unavailable)
                ? outcome
                : worst;
        }

        return worst ?? new AuthenticationOutcome.Refused(AuthenticationError.NoCredentials);
    }

    // A caller that shows two identities is either broken or trying which of them is believed.
    private static AuthenticationOutcome.Refused? CompareWithCertificate(CallerIdentity caller, CallCredentials credentials)
    {
        if (credentials.Token is null || credentials.ClientCertificate.IsEmpty)
        {
            return null;
        }

        if (!X509Svid.TryParse([credentials.ClientCertificate], out var leaf, out var error))
        {
            return new AuthenticationOutcome.Refused(AuthenticationError.BadClientCertificate, error.ToString());
        }

        return leaf.Id.Equals(caller.Id)
            ? null
            : new AuthenticationOutcome.Refused(
                AuthenticationError.IdentitiesDiffer, $"token {caller.Id}, certificate {leaf.Id}");
    }
}
