using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Issuance.Lints;
using MeshCA.Revocations;
using MeshCA.Telemetry;

namespace MeshCA.Issuance;

/// <summary>Issues leaves: plan, lint, sign, check, record; each step's type is the only way into the next.</summary>
internal sealed class SvidIssuer(
    IAuthoritySnapshots authorities,
    IIssuanceJournal journal,
    IRevocations revocations,
    DistributionPoint distribution,
    LifetimePolicy lifetimes,
    SignatureSampling sampling,
    CertificateMetrics metrics,
    TimeProvider clock)
{
    /// <summary>Issues one leaf for an authenticated caller.</summary>
    public async Task<IssuanceOutcome> IssueAsync(SvidRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // From here on the caller cannot stop it: what was signed is recorded, and that takes one commit.
        var mustFinish = new CancellationToken(canceled: false);

        // One snapshot for the whole answer, or a leaf of the new authority could leave with the old one's chain.
        if (authorities.Current is not { } snapshot)
        {
            return new IssuanceOutcome.Rejected(RejectionReason.AuthorityUnavailable);
        }

        if (!request.Caller.Id.MemberOf(snapshot.TrustDomain))
        {
            return new IssuanceOutcome.Rejected(RejectionReason.ForeignTrustDomain, request.Caller.Id.ToString());
        }

        var now = clock.GetUtcNow();
        var revoked = revocations.Current;
        if (RevocationCheck.Find(revoked, request, snapshot.Signer.Id, now) is { } rejected)
        {
            return rejected;
        }

        var outcome = await PlanAsync(request, snapshot, now, mustFinish);

        // A command that revokes answers once its snapshot is in force. Whatever was issued without it is recorded before this
        // line, so the command's look at the journal finds it; and what comes here later does not leave.
        return outcome is IssuanceOutcome.Issued && revocations.Current is var latest && !ReferenceEquals(latest, revoked)
            ? RevocationCheck.Find(latest, request, snapshot.Signer.Id, clock.GetUtcNow()) ?? outcome
            : outcome;
    }

    private async ValueTask<IssuanceOutcome> PlanAsync(
        SvidRequest request, AuthoritySnapshot snapshot, DateTimeOffset now, CancellationToken mustFinish)
    {
        var plan = ValidityPlanner.Plan(
            now, request.RequestedLifetime, lifetimes, snapshot.Signer.NotAfter, request.Caller.Evidence.NotAfterLimit);
        return plan switch
        {
            ValidityPlan.Rejected(var reason) => new IssuanceOutcome.Rejected(reason),
            ValidityPlan.Planned validity => await SignAsync(request, validity, snapshot, now, mustFinish),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private async Task<IssuanceOutcome> SignAsync(
        SvidRequest request,
        ValidityPlan.Planned validity,
        AuthoritySnapshot snapshot,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var plan = new CertificatePlan
        {
            Profile = CertificateProfile.Leaf,
            Issuer = snapshot.Signer.Name,
            Serial = SerialNumber.Draw(),
            PublicKey = request.PublicKey,
            KeyIdentifier = request.PublicKey.DeriveKeyIdentifier(),
            SpiffeId = request.Caller.Id,
            DistributionPoint = distribution.Of(snapshot.Signer.Id),
            NotBefore = validity.NotBefore,
            NotAfter = validity.NotAfter,
        };
        if (!LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out var broken))
        {
            return new IssuanceOutcome.Rejected(RejectionReason.LintFailed, broken);
        }

        var planned = clock.GetTimestamp();
        metrics.Stage(IssuanceStage.Plan, clock.GetElapsedTime(started, planned));
        if (TrySign(snapshot.Signer, linted) is not { } certificate)
        {
            return new IssuanceOutcome.Rejected(RejectionReason.SignatureFault, snapshot.Signer.Id);
        }

        metrics.Stage(IssuanceStage.Sign, clock.GetElapsedTime(planned));
        return await RecordAsync(request, validity, certificate, snapshot, now, cancellationToken);
    }

    private IssuedCertificate? TrySign(SigningAuthority signer, LintedCertificate linted)
    {
        try
        {
            var certificate = signer.Sign(linted);
            return sampling.IsDue() && !signer.Verifies(certificate.Der) ? null : certificate;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private async Task<IssuanceOutcome> RecordAsync(
        SvidRequest request,
        ValidityPlan.Planned validity,
        IssuedCertificate certificate,
        AuthoritySnapshot snapshot,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        try
        {
            await journal.AppendAsync(IssuanceRecords.OfLeaf(request, certificate, snapshot.BundleSequence, now), cancellationToken);
        }
        catch (JournalUnavailableException e)
        {
            return new IssuanceOutcome.Rejected(RejectionReason.JournalUnavailable, e.Message);
        }

        metrics.Stage(IssuanceStage.Journal, clock.GetElapsedTime(started));
        return new IssuanceOutcome.Issued(certificate, [certificate.ToPem(), .. snapshot.AnswerTail], validity.Clamped);
    }
}
