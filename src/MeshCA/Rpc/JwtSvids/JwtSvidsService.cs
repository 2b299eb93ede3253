using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Authentication;
using MeshCA.JwtSvids;
using MeshCA.Registration;
using MeshCA.Telemetry;
using MeshCA.Wire.Identity;
using Microsoft.Extensions.Logging;
using Status = Grpc.Core.Status;

namespace MeshCA.Rpc.JwtSvids;

/// <summary>Mints JWT-SVIDs: translates between the wire and the core.</summary>
internal sealed class JwtSvidsService(
    CallerAuthenticator authenticator,
    JwtSvidIssuer issuer,
    JwtSvidSettings settings,
    CertificateRequestReader reader,
    Admission admission,
    RefusalAudit audit,
    CertificateMetrics metrics,
    JwtSvidMetrics tokenMetrics,
    TimeProvider clock,
    ILogger<JwtSvidsService> logger) : Wire.Identity.JwtSvids.JwtSvidsBase
{
    /// <summary>The path of its one method.</summary>
    public const string Path = $"/{ServiceName}/{MethodName}";

    private const string MethodName = "Mint";
    private const string ServiceName = "meshca.identity.v1.JwtSvids";

    /// <inheritdoc />
    public override async Task<MintJwtSvidResponse> Mint(MintJwtSvidRequest request, ServerCallContext context)
    {
        var started = clock.GetTimestamp();
        var status = StatusCode.Unknown;
        try
        {
            var answer = await AnswerAsync(request, context);
            status = answer.Status.StatusCode;
            return answer.Response ?? throw new RpcException(answer.Status);
        }
        finally
        {
            metrics.RpcHandled("unary", ServiceName, MethodName, status.ToString(), clock.GetElapsedTime(started));
        }
    }

    private async ValueTask<Answer> AnswerAsync(MintJwtSvidRequest request, ServerCallContext context)
    {
        if (!settings.IsEnabled)
        {
            return Refuse(GrpcStatus.NoJwtSvids, "Disabled", "", context);
        }

        var outcome = await authenticator.AuthenticateAsync(CallMetadata.CredentialsOf(context), context.CancellationToken);
        var (caller, refusal) = RequestSubject.Of(outcome, GrpcStatus.Unauthenticated);
        return caller is null
            ? RefuseCaller(refusal!.Status, refusal, "", context) // one of both is there
            : await AnswerAsync(request, caller, context);
    }

    private async ValueTask<Answer> AnswerAsync(MintJwtSvidRequest request, CallerIdentity caller, ServerCallContext context)
    {
        var found = await reader.FindSubjectAsync(request.SpiffeId, caller, context.CancellationToken);
        if (found.Subject is not { } subject)
        {
            var refusal = found.Refusal!; // one of both is there
            return RefuseCaller(OfImpersonation(refusal), refusal, caller.Id.ToString(), context);
        }

        var id = subject.Id.ToString();
        if (!JwtAudience.TryCreate(request.Audience, out var audience, out var fault))
        {
            return Refuse(GrpcStatus.OfAudience(fault), "AudienceInvalid", id, context, fault);
        }

        if (!TryReadLifetime(request.Lifetime, out var lifetime))
        {
            return Refuse(GrpcStatus.TokenLifetimeMalformed, "LifetimeMalformed", id, context);
        }

        return admission.TryTakeToken(subject.Id)
            ? Translate(await issuer.IssueAsync(new(subject, audience, lifetime, context.Peer), context.CancellationToken), subject, context)
            : Refuse(GrpcStatus.TokenQuotaExceeded, "QuotaExceeded", id, context);
    }

    private Answer Translate(JwtSvidOutcome outcome, CallerIdentity subject, ServerCallContext context)
    {
        var id = subject.Id.ToString();
        switch (outcome)
        {
            case JwtSvidOutcome.Issued issued:
                tokenMetrics.Issued(subject.Evidence.Authenticator);
                Log.JwtSvidIssued(logger, id, issued.Id.ToString(), issued.ExpiresAt, issued.KeyId, issued.Rule);
                return new(
                    new MintJwtSvidResponse { Token = issued.Token, SpiffeId = id, ExpiresAt = issued.ExpiresAt.ToTimestamp() },
                    Status.DefaultSuccess);
            case JwtSvidOutcome.Rejected { Rejection: var rejection }:
                return Refuse(GrpcStatus.OfToken(rejection.Reason), rejection.Reason.ToString(), id, context, rejection.Explanation);
            default:
                throw new UnreachableException();
        }
    }

    // The contract says PERMISSION_DENIED where the caller may never have it; the statuses of certificates are istiod's.
    private static Status OfImpersonation(RequestRefusal refusal) => refusal.Status.StatusCode == StatusCode.Unauthenticated
        ? new(StatusCode.PermissionDenied, "the caller may not have a JWT-SVID of another identity")
        : refusal.Status.StatusCode == StatusCode.PermissionDenied
            ? new(StatusCode.PermissionDenied, "a JWT-SVID of another identity than the caller's own was asked for, and no cluster has node proxies")
            : refusal.Status;

    private static bool TryReadLifetime(Duration? asked, out TimeSpan lifetime)
    {
        lifetime = TimeSpan.Zero;
        try
        {
            lifetime = asked?.ToTimeSpan() ?? TimeSpan.Zero;
            return lifetime >= TimeSpan.Zero;
        }
        catch (Exception e) when (e is InvalidOperationException or OverflowException)
        {
            return false;
        }
    }

    private Answer RefuseCaller(Status status, RequestRefusal refusal, string identity, ServerCallContext context)
    {
        metrics.AuthenticationFailed();
        return Refuse(status, refusal.Reason, identity, context, refusal.Detail);
    }

    private Answer Refuse(Status status, string reason, string identity, ServerCallContext context, string detail = "")
    {
        var cause = detail.Length > 0 ? $"{reason}: {detail}" : reason;
        tokenMetrics.Refused(reason);
        if (audit.TokenRefused(identity, $"{cause}, from {context.Peer}"))
        {
            Log.JwtSvidRefused(logger, identity, context.Peer, status.StatusCode.ToString(), cause);
        }

        return new(null, status);
    }

    private readonly record struct Answer(MintJwtSvidResponse? Response, Status Status);
}
