using MeshCA.Cryptography;
using MeshCA.Registration;

namespace MeshCA.Issuance;

/// <summary>A leaf that an authenticated caller asks for; what its CSR claims about identity is not part of it.</summary>
/// <param name="Caller">Who asks, and whose identity the leaf will carry.</param>
/// <param name="PublicKey">The key to certify; possession was proved.</param>
/// <param name="RequestedLifetime">Zero or less asks for the default.</param>
/// <param name="Peer">The caller's transport address, for the record.</param>
internal sealed record SvidRequest(
    CallerIdentity Caller, SubjectPublicKey PublicKey, TimeSpan RequestedLifetime, string Peer);

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
    internal sealed record Issued(IssuedCertificate Certificate, IReadOnlyList<string> Chain, bool Clamped) : IssuanceOutcome;

    /// <summary>Nothing leaves.</summary>
    /// <param name="Reason">Which rule.</param>
    /// <param name="Detail">For the log and the audit; no secrets.</param>
    internal sealed record Rejected(RejectionReason Reason, string Detail = "") : IssuanceOutcome;
}
