using MeshCA.Cryptography;
using MeshCA.Registration;
using MeshCA.Revocations;

namespace MeshCA.Issuance;

/// <summary>Holds a request against the revocations; pure, and without allocation as long as nothing is found.</summary>
internal static class RevocationCheck
{
    /// <summary>Finds what forbids an issuance.</summary>
    /// <param name="revocations">What is revoked.</param>
    /// <param name="request">The request.</param>
    /// <param name="signer">Id of the authority that is to sign, or has signed.</param>
    /// <param name="now">The present.</param>
    /// <returns>Null where nothing does.</returns>
    public static IssuanceOutcome.Rejected? Find(RevocationSnapshot revocations, SvidRequest request, string signer, DateTimeOffset now) =>
        Find(revocations, request.Caller, request.PublicKey.Fingerprint, signer, now);

    /// <summary>Finds what forbids an issuance.</summary>
    /// <param name="revocations">What is revoked.</param>
    /// <param name="caller">For whom it is.</param>
    /// <param name="publicKey">The key to certify, or that is to sign a token.</param>
    /// <param name="signer">Id of the authority that is to sign, or has signed.</param>
    /// <param name="now">The present.</param>
    /// <returns>Null where nothing does.</returns>
    public static IssuanceOutcome.Rejected? Find(
        RevocationSnapshot revocations, CallerIdentity caller, Fingerprint publicKey, string signer, DateTimeOffset now)
    {
        // A banned node proxy gets nothing for others either.
        if (revocations.HasBans
            && (revocations.FindBan(caller.Id.ToString(), now)
                ?? (caller.Evidence.RequestedBy is { } proxy ? revocations.FindBan(proxy.ToString(), now) : null)) is { } ban)
        {
            return Rejected(RejectionReason.IdentityBanned, ban);
        }

        return !revocations.HasCertificates ? null
            : revocations.FindKey(publicKey) is { } key ? Rejected(RejectionReason.KeyRevoked, key)
            : caller.Evidence.Shown is { } shown && revocations.FindCertificate(shown) is { } certificate
                ? Rejected(RejectionReason.CertificateRevoked, certificate)
            : revocations.FindAuthority(signer) is { } authority ? Rejected(RejectionReason.AuthorityRevoked, authority)
            : null;
    }

    private static IssuanceOutcome.Rejected Rejected(RejectionReason reason, Revocation revocation) => new(reason, revocation.Describe());
}
