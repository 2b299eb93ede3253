namespace MeshCA.Issuance;

/// <summary>Why a certificate was not issued. Each has a gRPC status in Rpc/GrpcStatus.cs and a row in docs/errors.md.</summary>
internal enum RejectionReason
{
    /// <summary>No authority can sign: none is loaded, or its key cannot be opened.</summary>
    AuthorityUnavailable,

    /// <summary>The signing authority has less validity left than the floor.</summary>
    AuthorityNearExpiry,

    /// <summary>The token behind a renewal by certificate is too old by now.</summary>
    RenewalTooLate,

    /// <summary>The identity is of another trust domain than this CA's.</summary>
    ForeignTrustDomain,

    /// <summary>A rule of the issuance policy denies the caller, or none allows it.</summary>
    PolicyDenied,

    /// <summary>Whether a rule of the issuance policy matches cannot be told: an attribute it asks for is not known.</summary>
    PolicyUndecided,

    /// <summary>The rule does not allow keys of this type.</summary>
    KeyTypeDenied,

    /// <summary>The rule does not permit a DNS name that is asked for.</summary>
    DnsNameDenied,

    /// <summary>The identity has had as many certificates as the rule allows.</summary>
    PolicyRateExceeded,

    /// <summary>The identity is banned.</summary>
    IdentityBanned,

    /// <summary>The key to certify is revoked.</summary>
    KeyRevoked,

    /// <summary>The certificate to be renewed is revoked, by itself, by its key or by its signer.</summary>
    CertificateRevoked,

    /// <summary>The signing authority is revoked.</summary>
    AuthorityRevoked,

    /// <summary>The certificate to be did not pass its lints: a bug, never signed.</summary>
    LintFailed,

    /// <summary>The signature failed or did not verify: a hardware or memory fault, never delivered.</summary>
    SignatureFault,

    /// <summary>The record could not be made durable, so the certificate was not delivered.</summary>
    JournalUnavailable,
}
