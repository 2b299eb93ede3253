using MeshCA.Authorities;
using MeshCA.Issuance.Lints;
using MeshCA.IssuancePolicies;

namespace MeshCA.Issuance;

/// <summary>What became of a request before anything is signed.</summary>
internal abstract record LeafPreparation
{
    private LeafPreparation()
    {
    }

    /// <summary>The leaf can be signed as it stands.</summary>
    /// <param name="Plan">What it will say.</param>
    /// <param name="Linted">The bytes to be signed.</param>
    /// <param name="Validity">How its validity came about.</param>
    /// <param name="Rule">The rule of the issuance policy that allowed it.</param>
    /// <param name="Snapshot">Who signs it, and what is delivered with it.</param>
    /// <param name="Now">The time for which it was planned.</param>
    internal sealed record Ready(
        CertificatePlan Plan,
        LintedCertificate Linted,
        ValidityPlan.Planned Validity,
        IssuanceRule Rule,
        AuthoritySnapshot Snapshot,
        DateTimeOffset Now) : LeafPreparation;

    /// <summary>There will be none.</summary>
    internal sealed record Rejected(IssuanceOutcome.Rejected Rejection) : LeafPreparation;
}
