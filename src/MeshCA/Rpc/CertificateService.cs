using System.Diagnostics;
using Grpc.Core;
using MeshCA.Authentication;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Telemetry;
using MeshCA.Wire.Istio;
using Microsoft.Extensions.Logging;

namespace MeshCA.Rpc;

/// <summary>The CSR endpoint that Istio's proxies call (istio-ca §1): translates between the wire and the core.</summary>
internal sealed class CertificateService(
    CallerAuthenticator authenticator,
    SvidIssuer issuer,
    CertificateRequestReader reader,
    Admission admission,
    RefusalAudit audit,
    CertificateMetrics metrics,
    IssuancePolicyMetrics policyMetrics,
    TimeProvider clock,
    ILogger<CertificateService> logger) : IstioCertificateService.IstioCertificateServiceBase
{
    /// <summary>The path of its one method.</summary>
    public const string Path = $"/{ServiceName}/{MethodName}";

    private const string MethodName = "CreateCertificate";
    private const string ServiceName = "istio.v1.auth.IstioCertificateService";

    /// <inheritdoc />
    public override async Task<IstioCertificateResponse> CreateCertificate(
        IstioCertificateRequest request, ServerCallContext context)
    {
        var started = clock.GetTimestamp();
        using var activity = OpenTelemetryTracing.Source.StartActivity(MethodName, ActivityKind.Server);
        metrics.CsrReceived();
        var status = StatusCode.Unknown;
        try
        {
            var answer = await AnswerAsync(request, context);
            status = answer.Status.StatusCode;
            activity?.SetTag("rpc.grpc.status_code", (int)status);
            return answer.Response ?? throw new RpcException(answer.Status);
        }
        finally
        {
            metrics.CsrAnswered();
            var elapsed = clock.GetElapsedTime(started);
            metrics.Stage(IssuanceStage.Total, elapsed);
            metrics.RpcHandled("unary", ServiceName, MethodName, status.ToString(), elapsed);
        }
    }

    private async ValueTask<Answer> AnswerAsync(IstioCertificateRequest request, ServerCallContext context)
    {
        var started = clock.GetTimestamp();
        var outcome = await authenticator.AuthenticateAsync(CallMetadata.CredentialsOf(context), context.CancellationToken);
        metrics.Stage(IssuanceStage.Authenticate, clock.GetElapsedTime(started));
        var (caller, refusal) = RequestSubject.Of(outcome, GrpcStatus.Unauthenticated);
        return caller is null ? Refuse(refusal!, "", context) : await AnswerAsync(request, caller, context); // one of both is there
    }

    private async ValueTask<Answer> AnswerAsync(
        IstioCertificateRequest request, CallerIdentity caller, ServerCallContext context)
    {
        var found = await reader.FindSubjectAsync(request, caller, context.CancellationToken);
        if (found.Subject is not { } subject)
        {
            return Refuse(found.Refusal!, caller.Id.ToString(), context);
        }

        var id = subject.Id.ToString();
        if (CertificateRequestReader.CheckLifetime(request, out var lifetime) is { } wrongLifetime)
        {
            return Refuse(wrongLifetime, id, context);
        }

        if (!admission.TryTake(subject.Id))
        {
            return Refuse(GrpcStatus.QuotaExceeded, "QuotaExceeded", id, context);
        }

        var started = clock.GetTimestamp();
        if (!reader.TryReadCsr(request, subject, lifetime, context.Peer, out var read, out var wrongCsr))
        {
            return Refuse(wrongCsr, id, context);
        }

        metrics.Stage(IssuanceStage.Parse, clock.GetElapsedTime(started));
        return Translate(await issuer.IssueAsync(read, context.CancellationToken), read, context);
    }

    private Answer Translate(IssuanceOutcome outcome, SvidRequest request, ServerCallContext context)
    {
        var id = request.Caller.Id.ToString();
        switch (outcome)
        {
            case IssuanceOutcome.Issued(var certificate, var chain, var clamped) issued:
                var plan = certificate.Plan;
                metrics.Issued(request.Caller.Evidence.Authenticator, plan.NotAfter - plan.NotBefore);
                policyMetrics.Decided(issued.Rule, "issued");
                Log.CertificateIssued(logger, id, plan.Serial, plan.NotAfter, certificate.Authority, issued.Rule);
                if (clamped && request.RequestedLifetime > TimeSpan.Zero)
                {
                    audit.Clamped(
                        id, $"asked for {request.RequestedLifetime}, serial {plan.Serial} until {plan.NotAfter:u}, rule `{issued.Rule}`");
                }

                if (plan.DnsNames.Count > 0)
                {
                    audit.Named(id, $"serial {plan.Serial}, rule `{issued.Rule}`, {string.Join(' ', plan.DnsNames)}");
                }

                return new Answer(new IstioCertificateResponse { CertChain = { chain } }, Status.DefaultSuccess);
            case IssuanceOutcome.Rejected(var reason, _) rejected:
                policyMetrics.Decided(rejected.Rule, reason.ToString());
                metrics.SignError(GrpcStatus.SignErrorOf(reason));
                return Refuse(GrpcStatus.Of(reason), reason.ToString(), id, context, rejected.Explanation);
            default:
                throw new UnreachableException();
        }
    }

    private Answer Refuse(RequestRefusal refusal, string identity, ServerCallContext context)
    {
        if (refusal.SignError is { } kind)
        {
            metrics.SignError(kind);
        }
        else
        {
            metrics.AuthenticationFailed();
        }

        return Refuse(refusal.Status, refusal.Reason, identity, context, refusal.Detail);
    }

    private Answer Refuse(Status status, string reason, string identity, ServerCallContext context, string detail = "")
    {
        var cause = detail.Length > 0 ? $"{reason}: {detail}" : reason;
        metrics.Rejected(reason);

        // A line per refusal would let strangers fill the disk that the store may be on.
        if (audit.Refused(identity, $"{cause}, from {context.Peer}"))
        {
            Log.CsrRefused(logger, identity, context.Peer, status.StatusCode.ToString(), cause);
        }

        return new Answer(null, status);
    }

    private readonly record struct Answer(IstioCertificateResponse? Response, Status Status);
}
