namespace MeshCA.CertificateSigningRequests;

/// <summary>Why an approved request gets no certificate; its name is the reason of the condition <c>Failed</c>.</summary>
internal enum SigningRefusal
{
    /// <summary>None.</summary>
    None,

    /// <summary>The requester is no service account.</summary>
    RequesterNotServiceAccount,

    /// <summary>A usage is asked for that certificates of workloads do not have.</summary>
    UsageNotAllowed,

    /// <summary>Neither use as a client nor as a server is asked for.</summary>
    UsageMissing,

    /// <summary>The CSR breaks a rule.</summary>
    BadRequest,

    /// <summary>The names that the CSR asks for cannot be read, or are of kinds that certificates of workloads do not have.</summary>
    NamesNotAllowed,

    /// <summary>The CSR asks for another identity than the requester's.</summary>
    OtherIdentity,

    /// <summary>The CSR of a trusted requester does not say for exactly one identity.</summary>
    IdentityMissing,

    /// <summary>The identity is of another trust domain, or no service account's.</summary>
    ForeignIdentity,

    /// <summary>The identity is of a namespace that the cluster may not speak for.</summary>
    NamespaceNotAllowed,

    /// <summary>The issuance policy, a ban or a revocation forbids it.</summary>
    IssuanceRefused,

    /// <summary>A certificate may have been signed that never got here: a second one is not made.</summary>
    Abandoned,
}
