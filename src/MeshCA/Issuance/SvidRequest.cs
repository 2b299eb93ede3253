using MeshCA.Cryptography;
using MeshCA.Csr;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;

namespace MeshCA.Issuance;

/// <summary>A leaf that an authenticated caller asks for; what its CSR claims about its SPIFFE ID is not part of it.</summary>
/// <param name="Caller">Who asks, and whose identity the leaf will carry.</param>
/// <param name="PublicKey">The key to certify; possession was proved.</param>
/// <param name="RequestedLifetime">Zero or less asks for the default.</param>
/// <param name="Peer">The caller's transport address, for the record.</param>
internal sealed record SvidRequest(
    CallerIdentity Caller, SubjectPublicKey PublicKey, TimeSpan RequestedLifetime, string Peer)
{
    /// <summary>DNS names asked for beside the SPIFFE ID; only a rule of the issuance policy grants any.</summary>
    public RequestedNames Names { get; init; }
}

/// <summary>The answer to a <see cref="SvidRequest"/>.</summary>
internal abstract record IssuanceOutcome
{
    private IssuanceOutcome()
    {
    }

    /// <summary>The certificate is signed and its record durable.</summary>
    /// <param name="Certificate">The leaf.</param>
    /// <param name="Chain">PEM elements: leaf, then one authority each, then the whole trust bundle.</param>
    /// <param name="Clamped">Whether it lives shorter than asked for.</param>
    internal sealed record Issued(IssuedCertificate Certificate, IReadOnlyList<string> Chain, bool Clamped) : IssuanceOutcome
    {
        /// <summary>Name of the rule of the issuance policy that allowed it.</summary>
        public required string Rule { get; init; }
    }

    /// <summary>Nothing leaves.</summary>
    /// <param name="Reason">Which rule.</param>
    /// <param name="Detail">For the log and the audit; no secrets.</param>
    internal sealed record Rejected(RejectionReason Reason, string Detail = "") : IssuanceOutcome
    {
        /// <summary>Name of the rule of the issuance policy that decided; empty where it was not reached.</summary>
        public string Rule { get; init; } = "";

        /// <summary>Rule and detail, for log and audit.</summary>
        public string Explanation => (Rule, Detail) switch
        {
            ("" or IssuancePolicy.Default, _) => Detail,
            (_, "") => $"rule `{Rule}`",
            _ => $"rule `{Rule}`, {Detail}",
        };
    }
}
