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
    public static IssuanceOutcome.Rejected? Find(RevocationSnapshot revocations, SvidRequest request, string signer, DateTimeOffset now)
    {
        // A banned node proxy gets nothing for others either.
        if (revocations.HasBans
            && (revocations.FindBan(request.Caller.Id.ToString(), now)
                ?? (request.Caller.Evidence.RequestedBy is { } proxy ? revocations.FindBan(proxy.ToString(), now) : null)) is { } ban)
        {
            return Rejected(RejectionReason.IdentityBanned, ban);
        }

        return !revocations.HasCertificates ? null
            : revocations.FindKey(request.PublicKey.Fingerprint) is { } key ? Rejected(RejectionReason.KeyRevoked, key)
            : request.Caller.Evidence.Shown is { } shown && revocations.FindCertificate(shown) is { } certificate
                ? Rejected(RejectionReason.CertificateRevoked, certificate)
            : revocations.FindAuthority(signer) is { } authority ? Rejected(RejectionReason.AuthorityRevoked, authority)
            : null;
    }

    private static IssuanceOutcome.Rejected Rejected(RejectionReason reason, Revocation revocation) => new(reason, revocation.Describe());
}
