using System.Diagnostics;
using Grpc.Core;
using MeshCA.Authentication;
using MeshCA.Csr;
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
    CsrPolicy csrPolicy,
    Admission admission,
    RefusalAudit audit,
    CertificateMetrics metrics,
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
        switch (outcome)
        {
            case AuthenticationOutcome.Authenticated(var caller):
                return await AnswerAsync(request, caller, context);
            case AuthenticationOutcome.Refused(var reason, var detail):
                metrics.AuthenticationFailed();
                return Refuse(GrpcStatus.Unauthenticated, reason.ToString(), "", context, detail);
            case AuthenticationOutcome.Unavailable(var reason, var detail):
                metrics.AuthenticationFailed();
                return Refuse(GrpcStatus.AuthenticationUnavailable, reason.ToString(), "", context, detail);
            default:
                throw new UnreachableException();
        }
    }

    private async ValueTask<Answer> AnswerAsync(
        IstioCertificateRequest request, CallerIdentity caller, ServerCallContext context)
    {
        var id = caller.Id.ToString();

        // A shared ztunnel names even its own identity here, so that one is no impersonation.
        if (CertificateRequestFields.ImpersonatedIdentity(request) is { Length: > 0 } wanted && wanted != id)
        {
            metrics.AuthenticationFailed();
            return Refuse(GrpcStatus.ImpersonationRefused, "ImpersonationDisabled", id, context);
        }

        if (!admission.TryTake(caller.Id))
        {
            return Refuse(GrpcStatus.QuotaExceeded, "QuotaExceeded", id, context);
        }

        if (!CertificateRequestFields.TryGetLifetime(request, out var lifetime))
        {
            metrics.SignError(SignErrorKind.TtlError);
            return Refuse(GrpcStatus.LifetimeOverflow, "LifetimeOverflow", id, context);
        }

        var started = clock.GetTimestamp();
        if (!CertificateSigningRequest.TryParsePem(request.Csr, csrPolicy, out var csr, out var csrError))
        {
            metrics.SignError(SignErrorKind.CsrError);
            return Refuse(GrpcStatus.Of(csrError), csrError.ToString(), id, context);
        }

        metrics.Stage(IssuanceStage.Parse, clock.GetElapsedTime(started));
        var svidRequest = new SvidRequest(caller, csr.PublicKey, lifetime, context.Peer);
        return Translate(await issuer.IssueAsync(svidRequest, context.CancellationToken), svidRequest, context);
    }

    private Answer Translate(IssuanceOutcome outcome, SvidRequest request, ServerCallContext context)
    {
        var id = request.Caller.Id.ToString();
        switch (outcome)
        {
            case IssuanceOutcome.Issued(var certificate, var chain, var clamped):
                var plan = certificate.Plan;
                metrics.Issued(request.Caller.Evidence.Authenticator, plan.NotAfter - plan.NotBefore);
                Log.CertificateIssued(logger, id, plan.Serial, plan.NotAfter, certificate.Authority);
                if (clamped && request.RequestedLifetime > TimeSpan.Zero)
                {
                    audit.Clamped(id, $"asked for {request.RequestedLifetime}, serial {plan.Serial} until {plan.NotAfter:u}");
                }

                return new Answer(new IstioCertificateResponse { CertChain = { chain } }, Status.DefaultSuccess);
            case IssuanceOutcome.Rejected(var reason, var detail):
                metrics.SignError(GrpcStatus.SignErrorOf(reason));
                return Refuse(GrpcStatus.Of(reason), reason.ToString(), id, context, detail);
            default:
                throw new UnreachableException();
        }
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
