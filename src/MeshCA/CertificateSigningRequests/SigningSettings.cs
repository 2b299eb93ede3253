using MeshCA.Csr;
using SpiffeIdentity;

namespace MeshCA.CertificateSigningRequests;

/// <summary>What a signer of a cluster's requests goes by.</summary>
internal sealed record SigningSettings
{
    /// <summary>The names of the signers that this service is.</summary>
    public required IReadOnlySet<string> SignerNames { get; init; }

    /// <summary>The cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>The trust domain of the cluster's identities.</summary>
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>The namespaces whose service accounts may get certificates; empty: all.</summary>
    public IReadOnlySet<string> Namespaces { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Keys and lengths of CSRs.</summary>
    public required CsrPolicy Csr { get; init; }

    /// <summary>Service accounts, as <c>namespace/name</c>, that ask for others' certificates: registration authorities (istio-ca §4.4).</summary>
    public IReadOnlySet<string> TrustedRequesters { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Whether requests of service accounts for their own identity are approved here.</summary>
    public bool ApprovesOwnIdentity { get; init; }
}
