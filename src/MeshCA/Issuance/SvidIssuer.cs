using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.IssuancePolicies;
using MeshCA.Issuance.Lints;
using MeshCA.Registration;
using MeshCA.Revocations;
using MeshCA.Telemetry;

namespace MeshCA.Issuance;

/// <summary>Issues leaves: judge, plan, lint, sign, check, record; each step's type is the only way into the next.</summary>
internal sealed class SvidIssuer(
    IAuthoritySnapshots authorities,
    PermittedTrustDomains trustDomains,
    IIssuanceJournal journal,
    IRevocations revocations,
    DistributionPoint distribution,
    IssuanceGate gate,
    ChanceSource chance,
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
        var started = clock.GetTimestamp();
        var revoked = revocations.Current;
        switch (Prepare(request))
        {
            case LeafPreparation.Rejected(var rejection):
                return rejection;
            case LeafPreparation.Ready ready:
                metrics.Stage(IssuanceStage.Plan, clock.GetElapsedTime(started));

                // Last, so that what would be refused anyway costs the caller nothing of its allowance.
                return gate.TryTake(ready.Rule, request.Caller)
                    ? Withhold(await SignAsync(request, ready, mustFinish), request, ready, revoked)
                    : Reject(RejectionReason.PolicyRateExceeded, ready.Rule);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Does everything that comes before the signature: what is ready here is what would be signed. Takes and records nothing.</summary>
    public LeafPreparation Prepare(SvidRequest request)
    {
        // One snapshot for the whole answer, or a leaf of the new authority could leave with the old one's chain.
        if (authorities.Current is not { } snapshot)
        {
            return new LeafPreparation.Rejected(new(RejectionReason.AuthorityUnavailable));
        }

        // Here for whoever asks, by whatever way: one root stands behind all of them, so no cluster may name another's.
        if (!trustDomains.Permit(request.Caller))
        {
            return new LeafPreparation.Rejected(new(RejectionReason.ForeignTrustDomain, request.Caller.Id.ToString()));
        }

        if (RevocationCheck.Find(revocations.Current, request, snapshot.Signer.Id, clock.GetUtcNow()) is { } revoked)
        {
            return new LeafPreparation.Rejected(revoked);
        }

        var verdict = gate.Judge(request);
        if (verdict.Refusal is { } refusal)
        {
            return new LeafPreparation.Rejected(Reject(refusal, verdict.Rule, verdict.Detail));
        }

        var now = clock.GetUtcNow();
        var plan = ValidityPlanner.Plan(
            now,
            request.RequestedLifetime,
            verdict.Rule.Lifetimes,
            snapshot.Signer.NotAfter,
            request.Caller.Evidence.NotAfterLimit,
            chance.Next());
        return plan switch
        {
            ValidityPlan.Rejected(var reason) => new LeafPreparation.Rejected(Reject(reason, verdict.Rule)),
            ValidityPlan.Planned validity => Lint(request, verdict, validity, snapshot, now),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    // A command that revokes answers once its snapshot is in force. Whatever was issued without it is recorded by now, so the
    // command's look at the journal finds it; and what comes here later does not leave.
    private IssuanceOutcome Withhold(IssuanceOutcome outcome, SvidRequest request, LeafPreparation.Ready ready, RevocationSnapshot revoked) =>
        outcome is IssuanceOutcome.Issued && revocations.Current is var latest && !ReferenceEquals(latest, revoked)
            ? RevocationCheck.Find(latest, request, ready.Snapshot.Signer.Id, clock.GetUtcNow()) ?? outcome
            : outcome;

    private LeafPreparation Lint(
        SvidRequest request, PolicyVerdict verdict, ValidityPlan.Planned validity, AuthoritySnapshot snapshot, DateTimeOffset now)
    {
        var plan = new CertificatePlan
        {
            Profile = CertificateProfile.Leaf,
            Issuer = snapshot.Signer.Name,
            Serial = SerialNumber.Draw(),
            PublicKey = request.PublicKey,
            KeyIdentifier = request.PublicKey.DeriveKeyIdentifier(),
            SpiffeId = request.Caller.Id,
            DnsNames = verdict.DnsNames,
            DistributionPoint = distribution.Of(snapshot.Signer.Id),
            NotBefore = validity.NotBefore,
            NotAfter = validity.NotAfter,
        };
        return LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out var broken)
            ? new LeafPreparation.Ready(plan, linted, validity, verdict.Rule, snapshot, now)
            : new LeafPreparation.Rejected(Reject(RejectionReason.LintFailed, verdict.Rule, broken));
    }

    private async Task<IssuanceOutcome> SignAsync(SvidRequest request, LeafPreparation.Ready ready, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        if (TrySign(ready.Snapshot.Signer, ready.Linted) is not { } certificate)
        {
            return Reject(RejectionReason.SignatureFault, ready.Rule, ready.Snapshot.Signer.Id);
        }

        metrics.Stage(IssuanceStage.Sign, clock.GetElapsedTime(started));
        return await RecordAsync(request, ready, certificate, cancellationToken);
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
        SvidRequest request, LeafPreparation.Ready ready, IssuedCertificate certificate, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var snapshot = ready.Snapshot;
        try
        {
            await journal.AppendAsync(
                IssuanceRecords.OfLeaf(request, certificate, snapshot.BundleSequence, ready.Now), cancellationToken);
        }
        catch (JournalUnavailableException e)
        {
            return Reject(RejectionReason.JournalUnavailable, ready.Rule, e.Message);
        }

        metrics.Stage(IssuanceStage.Journal, clock.GetElapsedTime(started));
        return new IssuanceOutcome.Issued(certificate, [certificate.ToPem(), .. snapshot.AnswerTail], ready.Validity.Clamped)
        {
            Rule = ready.Rule.Name,
        };
    }

    private static IssuanceOutcome.Rejected Reject(RejectionReason reason, IssuanceRule rule, string detail = "") =>
        new(reason, detail) { Rule = rule.Name };
}
