using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;
using MeshCA.Revocations;
using SpiffeIdentity.Svids;

namespace MeshCA.JwtSvids;

/// <summary>Issues JWT-SVIDs: judge, plan, sign, record; nothing leaves that is not recorded.</summary>
internal sealed class JwtSvidIssuer(
    IAuthoritySnapshots authorities,
    PermittedTrustDomains trustDomains,
    IIssuanceJournal journal,
    IRevocations revocations,
    IssuanceGate gate,
    JwtSvidSettings settings,
    SignatureSampling sampling,
    TimeProvider clock)
{
    /// <summary>Issues one token for an authenticated caller.</summary>
    public async Task<JwtSvidOutcome> IssueAsync(JwtSvidRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // From here on the caller cannot stop it: what was signed is recorded, and that takes one commit.
        var mustFinish = new CancellationToken(canceled: false);
        var revoked = revocations.Current;
        switch (Prepare(request.Caller, request.RequestedLifetime))
        {
            case JwtSvidPreparation.Rejected(var rejection):
                return new JwtSvidOutcome.Rejected(rejection);
            case JwtSvidPreparation.Ready ready:
                return Withhold(await SignAsync(request, ready, mustFinish), request.Caller, ready, revoked);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Does everything that comes before the signature. Takes and records nothing.</summary>
    /// <param name="caller">Who would get the token.</param>
    /// <param name="lifetime">The lifetime asked for; zero or less: the default.</param>
    public JwtSvidPreparation Prepare(CallerIdentity caller, TimeSpan lifetime)
    {
        if (authorities.Current is not { Jwt.Signer: { } signer } snapshot)
        {
            return Reject(new(RejectionReason.AuthorityUnavailable));
        }

        if (!trustDomains.Permit(caller))
        {
            return Reject(new(RejectionReason.ForeignTrustDomain, caller.Id.ToString()));
        }

        var now = clock.GetUtcNow();
        if (RevocationCheck.Find(revocations.Current, caller, signer.PublicKey.Fingerprint, signer.Id, now) is { } revoked)
        {
            return Reject(revoked);
        }

        var verdict = gate.JudgeToken(caller);
        if (verdict.Refusal is { } refusal)
        {
            return Reject(new(refusal, verdict.Detail) { Rule = verdict.Rule.Name });
        }

        var lifetimes = verdict.Rule.TokenLifetimes(settings.Lifetimes, signer.LongestToken);
        return ValidityPlanner.Plan(now, WholeSeconds(lifetime), lifetimes, DateTimeOffset.MaxValue, caller.Evidence.NotAfterLimit, roll: 0) switch
        {
            ValidityPlan.Rejected(var reason) => Reject(new(reason) { Rule = verdict.Rule.Name }),
            ValidityPlan.Planned(var start, var end, _) when ValidityPlanner.WholeSecond(end) is var last && last > start =>
                new JwtSvidPreparation.Ready(signer, start, last, verdict.Rule, snapshot.BundleSequence),

            // The evidence ends within this second.
            ValidityPlan.Planned => Reject(new(RejectionReason.RenewalTooLate) { Rule = verdict.Rule.Name }),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private async Task<JwtSvidOutcome> SignAsync(JwtSvidRequest request, JwtSvidPreparation.Ready ready, CancellationToken cancellationToken)
    {
        var id = SerialNumber.Draw();
        if (!JwtSvidPlan.TryCreate(request.Caller.Id, request.Audience.Values, ready.IssuedAt, ready.ExpiresAt, out var plan, out var error))
        {
            return Rejected(RejectionReason.LintFailed, ready, error.ToString());
        }

        plan = plan.WithTokenId(id.ToString());
        if (TrySign(ready.Signer, settings.Issuer.Length > 0 ? plan.WithIssuer(settings.Issuer) : plan) is not { } token)
        {
            return Rejected(RejectionReason.SignatureFault, ready, ready.Signer.Id);
        }

        try
        {
            await journal.AppendAsync(RecordOf(request, ready, id, token), cancellationToken);
            return new JwtSvidOutcome.Issued(token, id, ready);
        }
        catch (JournalUnavailableException e)
        {
            return Rejected(RejectionReason.JournalUnavailable, ready, e.Message);
        }
    }

    private string? TrySign(JwtSigner signer, JwtSvidPlan plan)
    {
        try
        {
            var token = signer.Mint(plan);
            return sampling.IsDue() && !signer.Verifies(token) ? null : token;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IssuanceRecord RecordOf(JwtSvidRequest request, JwtSvidPreparation.Ready ready, SerialNumber id, string token) => new()
    {
        Kind = CertificateKind.JwtSvid,
        Serial = id,
        Subject = request.Caller.Id,
        Certificate = Fingerprint.Of(System.Text.Encoding.ASCII.GetBytes(token)),
        Key = ready.Signer.PublicKey.Fingerprint,
        NotBefore = ready.IssuedAt,
        NotAfter = ready.ExpiresAt,
        RequestedLifetime = request.RequestedLifetime > TimeSpan.Zero ? request.RequestedLifetime : TimeSpan.Zero,
        Authority = ready.Signer.Id,
        Evidence = request.Caller.Evidence,
        BundleSequence = ready.BundleSequence,
        Peer = request.Peer,
        IssuedAt = clock.GetUtcNow(),
        Audience = request.Audience.ToStored(),
    };

    // As for leaves: a ban that came into force meanwhile was answered by somebody who looked at the journal already.
    private JwtSvidOutcome Withhold(
        JwtSvidOutcome outcome, CallerIdentity caller, JwtSvidPreparation.Ready ready, RevocationSnapshot revoked) =>
        outcome is JwtSvidOutcome.Issued
        && revocations.Current is var latest
        && !ReferenceEquals(latest, revoked)
        && RevocationCheck.Find(latest, caller, ready.Signer.PublicKey.Fingerprint, ready.Signer.Id, clock.GetUtcNow()) is { } found
            ? new JwtSvidOutcome.Rejected(found)
            : outcome;

    // Tokens know whole seconds: part of one asked for is one.
    private static TimeSpan WholeSeconds(TimeSpan asked) => (asked.Ticks % TimeSpan.TicksPerSecond) switch
    {
        > 0 and var part => asked + TimeSpan.FromTicks(TimeSpan.TicksPerSecond - part),
        _ => asked,
    };

    private static JwtSvidPreparation.Rejected Reject(IssuanceOutcome.Rejected rejection) => new(rejection);

    private static JwtSvidOutcome.Rejected Rejected(RejectionReason reason, JwtSvidPreparation.Ready ready, string detail) =>
        new(new IssuanceOutcome.Rejected(reason, detail) { Rule = ready.Rule.Name });
}
