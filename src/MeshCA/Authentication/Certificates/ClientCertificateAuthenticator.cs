using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Revocations;
using SpiffeIdentity.Svids;

namespace MeshCA.Authentication.Certificates;

/// <summary>Authenticates a renewal by the certificate to be renewed: one that this service issued, a token not too long ago.</summary>
/// <remarks>
/// The handshake checked the path to the roots, maybe hours ago. What counts here is the journal: it knows each
/// certificate issued, and since when no token has stood behind it.
/// </remarks>
internal sealed class ClientCertificateAuthenticator(
    PermittedTrustDomains trustDomains, IIssuanceJournal journal, RenewalPolicy policy, TimeProvider clock, IPodLiveness? pods = null) : IAuthenticator
{
    /// <summary>How the journal names an authentication by certificate.</summary>
    public const string Name = "client-certificate";

    public async ValueTask<AuthenticationOutcome?> AuthenticateAsync(
        CallCredentials credentials, CancellationToken cancellationToken)
    {
        // A token decides alone, and restarts the clock.
        if (credentials.Token is not null || credentials.ClientCertificate.IsEmpty)
        {
            return null;
        }

        if (!policy.Enabled)
        {
            return new AuthenticationOutcome.Refused(AuthenticationError.RenewalDisabled);
        }

        return X509Svid.TryParse([credentials.ClientCertificate], out var leaf, out var error)
            ? await AuthenticateAsync(leaf, cancellationToken)
            : new AuthenticationOutcome.Refused(AuthenticationError.BadClientCertificate, error.ToString());
    }

    private async Task<AuthenticationOutcome> AuthenticateAsync(X509Svid leaf, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (CheckNow(leaf, now) is var broken and not X509SvidError.None)
        {
            return Refuse(AuthenticationError.BadClientCertificate, leaf, broken.ToString());
        }

        if (!SerialNumber.TryRead(leaf.SerialNumber.Span, out var serial))
        {
            return Refuse(AuthenticationError.CertificateNotInJournal, leaf);
        }

        try
        {
            var token = await journal.FindLastTokenAsync(serial, leaf.NotBefore, cancellationToken);
            return Judge(leaf, serial, token, now);
        }
        catch (JournalUnavailableException exception)
        {
            return new AuthenticationOutcome.Unavailable(AuthenticationError.JournalUnavailable, exception.Message);
        }
    }

    private AuthenticationOutcome Judge(
        X509Svid leaf, SerialNumber serial, LastToken? token, DateTimeOffset now) => token switch
        {
            null => Refuse(AuthenticationError.CertificateNotInJournal, leaf, serial.ToString()),
            _ when !token.Certificate.Equals(Fingerprint.Of(leaf.Certificates[0].Span)) =>
                Refuse(AuthenticationError.CertificateDiffersFromJournal, leaf, serial.ToString()),
            _ when now - token.Time >= policy.MaxAgeAfterToken =>
                Refuse(AuthenticationError.TokenTooLongAgo, leaf, $"last token at {token.Time:u}"),

            // Whether the pod it was for is still on the node is asked only of the node proxy's own token.
            { IsOfNodeProxy: true } => Refuse(AuthenticationError.IssuedToNodeProxy, leaf, serial.ToString()),
            { PodUid: { } pod } when pods?.IsGone(token.Cluster, pod, token.Time) == true =>
                Refuse(AuthenticationError.PodGone, leaf, $"pod {token.PodName} of cluster {token.Cluster}"),
            _ => new AuthenticationOutcome.Authenticated(new CallerIdentity(leaf.Id, Evidence(leaf, serial, token))),
        };

    // A connection may outlive the certificate that opened it.
    private X509SvidError CheckNow(X509Svid leaf, DateTimeOffset now) => leaf switch
    {
        _ when !trustDomains.Contains(leaf.Id.TrustDomain) => X509SvidError.OtherTrustDomain,
        _ when now < leaf.NotBefore => X509SvidError.NotYetValid,
        _ when now >= leaf.NotAfter.AddSeconds(1) => X509SvidError.Expired, // inclusive, whole seconds
        _ => X509SvidError.None,
    };

    private AuthenticationEvidence Evidence(X509Svid leaf, SerialNumber serial, LastToken token) => new()
    {
        Authenticator = Name,
        TokenTime = token.Time,
        TokenId = serial.ToString(),
        Cluster = token.Cluster,
        PodName = token.PodName,
        PodUid = token.PodUid,
        NodeName = token.NodeName,
        Shown = CertificateFacts.TryRead(leaf.Certificates[0], out var facts) ? facts : null,
        NotAfterLimit = token.Time + policy.MaxAgeAfterToken,
    };

    private static AuthenticationOutcome.Refused Refuse(AuthenticationError reason, X509Svid leaf, string detail = "") =>
        new(reason, $"{leaf.Id} {detail}");
}
