namespace MeshCA.Authentication;

/// <summary>One way to prove an identity.</summary>
internal interface IAuthenticator
{
    /// <summary>Judges a call's credentials.</summary>
    /// <param name="credentials">What the call carries; untrusted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The verdict; null where the call carries nothing that this authenticator judges.</returns>
    ValueTask<AuthenticationOutcome?> AuthenticateAsync(CallCredentials credentials, CancellationToken cancellationToken);
}
