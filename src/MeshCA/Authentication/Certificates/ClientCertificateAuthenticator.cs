using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Authentication.Certificates;

/// <summary>Authenticates a renewal by the certificate to be renewed: one that this service issued, a token not too long ago.</summary>
/// <remarks>
/// The handshake checked the path to the roots, maybe hours ago. What counts here is the journal: it knows each
/// certificate issued, and since when no token has stood behind it.
/// </remarks>
internal sealed class ClientCertificateAuthenticator(
    TrustDomain trustDomain, IIssuanceJournal journal, RenewalPolicy policy, TimeProvider clock) : IAuthenticator
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

        var der = credentials.ClientCertificate;
        return LeafCertificate.TryRead(der.Span, trustDomain, out var leaf, out var error)
            ? await AuthenticateAsync(leaf, der, cancellationToken)
            : new AuthenticationOutcome.Refused(AuthenticationError.BadClientCertificate, error.ToString());
    }

    private async Task<AuthenticationOutcome> AuthenticateAsync(
        LeafCertificate leaf, ReadOnlyMemory<byte> der, CancellationToken cancellationToken)
    {
        // A connection may outlive the certificate that opened it.
        var now = clock.GetUtcNow();
        if (!leaf.IsValidAt(now))
        {
            return Refuse(AuthenticationError.BadClientCertificate, leaf, ClientCertificateError.OutsideValidity.ToString());
        }

        if (!SerialNumber.TryRead(leaf.Serial.Span, out var serial))
        {
            return Refuse(AuthenticationError.CertificateNotInJournal, leaf);
        }

        try
        {
            var token = await journal.FindLastTokenAsync(serial, leaf.NotBefore, cancellationToken);
            return Judge(leaf, serial, Fingerprint.Of(der.Span), token, now);
        }
        catch (JournalUnavailableException exception)
        {
            return new AuthenticationOutcome.Unavailable(AuthenticationError.JournalUnavailable, exception.Message);
        }
    }

    private AuthenticationOutcome Judge(
        LeafCertificate leaf, SerialNumber serial, Fingerprint shown, LastToken? token, DateTimeOffset now) => token switch
        {
            null => Refuse(AuthenticationError.CertificateNotInJournal, leaf, serial.ToString()),
            _ when !token.Certificate.Equals(shown) =>
                Refuse(AuthenticationError.CertificateDiffersFromJournal, leaf, serial.ToString()),
            _ when now - token.Time >= policy.MaxAgeAfterToken =>
                Refuse(AuthenticationError.TokenTooLongAgo, leaf, $"last token at {token.Time:u}"),
            _ => new AuthenticationOutcome.Authenticated(new CallerIdentity(leaf.Id, Evidence(serial, token))),
        };

    private AuthenticationEvidence Evidence(SerialNumber serial, LastToken token) => new()
    {
        Authenticator = Name,
        TokenTime = token.Time,
        TokenId = serial.ToString(),
        Cluster = token.Cluster,
        PodName = token.PodName,
        PodUid = token.PodUid,
        NodeName = token.NodeName,
        NotAfterLimit = token.Time + policy.MaxAgeAfterToken,
    };

    private static AuthenticationOutcome.Refused Refuse(AuthenticationError reason, LeafCertificate leaf, string detail = "") =>
        new(reason, $"{leaf.Id} {detail}");
}
