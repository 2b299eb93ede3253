using System.Diagnostics;
using Grpc.Core;
using MeshCA.Administration;
using MeshCA.Authentication;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.JwtSvids;
using MeshCA.Registration;
using MeshCA.Wire.Istio;
using CallCredentials = MeshCA.Authentication.CallCredentials;

namespace MeshCA.Rpc.Administration;

/// <summary>A dry run of a request for a certificate: the very steps of issuing, without the signature and what follows it.</summary>
internal sealed class IssuanceExplainer(
    CallerAuthenticator authenticator,
    CertificateRequestReader reader,
    SvidIssuer issuer,
    JwtSvidIssuer tokens,
    JwtSvidSettings tokenSettings,
    IssuanceGate gate,
    Admission admission)
{
    // Where a request comes from takes no part in what becomes of it.
    private const string Peer = "explain";

    // More than anything grants.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>Explains.</summary>
    /// <param name="request">The message as a proxy sends it; untrusted.</param>
    /// <param name="credentials">What would prove the caller's identity; untrusted, secret.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IssuanceExplanation> ExplainAsync(
        IstioCertificateRequest request, CallCredentials credentials, CancellationToken cancellationToken)
    {
        var outcome = await authenticator.AuthenticateAsync(credentials, cancellationToken);
        var (caller, refusal) = RequestSubject.Of(outcome, GrpcStatus.Unauthenticated);
        var explanation = caller is null
            ? Refused(refusal!.Status, refusal.Reason, refusal.Detail) // one of both is there
            : await ExplainAsync(request, caller, cancellationToken);
        return explanation with { Authentication = outcome };
    }

    private async Task<IssuanceExplanation> ExplainAsync(
        IstioCertificateRequest request, CallerIdentity caller, CancellationToken cancellationToken)
    {
        var found = await reader.FindSubjectAsync(request, caller, cancellationToken);
        return found.Subject is { } subject
            ? Explain(request, subject) with { Subject = subject, Rules = gate.Trace(subject), JwtSvid = ExplainToken(subject) }
            : Refused(found.Refusal!.Status, found.Refusal.Reason, found.Refusal.Detail);
    }

    private IssuanceExplanation Explain(IstioCertificateRequest request, CallerIdentity caller)
    {
        if (CertificateRequestReader.CheckLifetime(request, out var lifetime) is { } wrongLifetime)
        {
            return Refused(wrongLifetime.Status, wrongLifetime.Reason);
        }

        if (!admission.HasQuota(caller.Id))
        {
            return Refused(GrpcStatus.QuotaExceeded, "QuotaExceeded");
        }

        if (!reader.TryReadCsr(request, caller, lifetime, Peer, out var read, out var wrongCsr))
        {
            return Refused(wrongCsr.Status, wrongCsr.Reason);
        }

        return issuer.Prepare(read) switch
        {
            LeafPreparation.Rejected(var rejection) =>
                Refused(GrpcStatus.Of(rejection.Reason), rejection.Reason.ToString(), rejection.Explanation),
            LeafPreparation.Ready ready when !gate.WouldTake(ready.Rule, caller) => Refused(
                GrpcStatus.Of(RejectionReason.PolicyRateExceeded), nameof(RejectionReason.PolicyRateExceeded), $"rule `{ready.Rule.Name}`"),
            LeafPreparation.Ready ready => new IssuanceExplanation { Leaf = ready },
            _ => throw new UnreachableException(),
        };
    }

    private ExplainedToken ExplainToken(CallerIdentity caller) => tokenSettings.IsEnabled
        ? new(tokens.Prepare(caller, TimeSpan.Zero), tokens.Prepare(caller, Longest))
        : new(null, null);

    private static IssuanceExplanation Refused(Status status, string reason, string detail = "") =>
        new() { Refusal = new(status, reason, detail) };
}

/// <summary>What would become of a request.</summary>
internal sealed record IssuanceExplanation
{
    /// <summary>What became of the credentials.</summary>
    public AuthenticationOutcome? Authentication { get; init; }

    /// <summary>For whom the certificate would be; null where nobody may have it.</summary>
    public CallerIdentity? Subject { get; init; }

    /// <summary>The rules up to the one that decides; none without an authenticated caller.</summary>
    public IReadOnlyList<RuleStep> Rules { get; init; } = [];

    /// <summary>What would be signed; null where nothing would be.</summary>
    public LeafPreparation.Ready? Leaf { get; init; }

    /// <summary>What a request for a JWT-SVID would come to; null where nobody may have one.</summary>
    public ExplainedToken? JwtSvid { get; init; }

    /// <summary>Why nothing would be; null otherwise.</summary>
    public ExplainedRefusal? Refusal { get; init; }

    /// <summary>What of it is outside of an administrator's scopes; null: nothing.</summary>
    public string? OutsideOf(AdminCaller caller) => Authentication switch
    {
        AuthenticationOutcome.Authenticated(var (id, _)) when !caller.Covers(id) => id.ToString(),
        AuthenticationOutcome.Authenticated => Subject is { Id: { } subject } && !caller.Covers(subject) ? subject.ToString() : null,

        // What a token that is refused says of itself is nothing that scopes could be held against.
        _ => caller.IsScoped ? "an identity that is not proved" : null,
    };
}

/// <summary>What a request for a JWT-SVID would come to; null where none are issued at all.</summary>
/// <param name="Default">Where no lifetime is asked for.</param>
/// <param name="Longest">Where the longest one is.</param>
internal sealed record ExplainedToken(JwtSvidPreparation? Default, JwtSvidPreparation? Longest);

/// <summary>A refusal as the caller would see it, and as it is.</summary>
/// <param name="Status">What the caller would be told.</param>
/// <param name="Reason">The rule broken.</param>
/// <param name="Detail">More of it; without secrets.</param>
internal sealed record ExplainedRefusal(Status Status, string Reason, string Detail);
