using AuthzEngine.Requests;
using Grpc.Core;
using MeshCA.Decisions;
using MeshCA.Rpc.Decisions;
using MeshCA.Telemetry;
using MeshCA.Wire.Envoy.Auth.V3;

namespace MeshCA.Rpc.Authorization;

/// <summary>Envoy's external authorization: translates between the wire and <see cref="DecisionPoint"/>.</summary>
/// <remarks>A denial is a successful call; a question that nobody can decide is a failed one, and the proxy's own setting decides.</remarks>
internal sealed class AuthorizationService(
    DecisionPoint point,
    DecisionSettings settings,
    CheckAttributes attributes,
    DecisionRefusals refusals,
    CertificateMetrics metrics,
    TimeProvider clock) : Wire.Envoy.Auth.V3.Authorization.AuthorizationBase
{
    private const string ServiceName = "envoy.service.auth.v3.Authorization";
    private const string MethodName = "Check";

    /// <inheritdoc />
    public override Task<CheckResponse> Check(CheckRequest request, ServerCallContext context)
    {
        var started = clock.GetTimestamp();
        var status = StatusCode.Unknown;
        try
        {
            var outcome = Decide(request.Attributes, context);
            if (outcome is DecisionOutcome.Decided decided)
            {
                var protocol = request.Attributes.Request?.Http is null ? RequestProtocol.Tcp : RequestProtocol.Http;
                var response = CheckAnswers.Of(decided, protocol);
                status = StatusCode.OK;
                return Task.FromResult(response);
            }

            var refusal = GrpcStatus.Of(((DecisionOutcome.Refused)outcome).Reason, ((DecisionOutcome.Refused)outcome).Subject);
            status = refusal.StatusCode;
            throw new RpcException(refusal);
        }
        finally
        {
            metrics.RpcHandled("unary", ServiceName, MethodName, status.ToString(), clock.GetElapsedTime(started));
        }
    }

    private DecisionOutcome Decide(AttributeContext? question, ServerCallContext context)
    {
        var caller = ConnectionCaller.Find(context.GetHttpContext(), settings, clock.GetUtcNow());
        var outcome = caller is null ? new DecisionOutcome.Refused(DecisionRefusal.CallerUnknown)
            : question is null ? new DecisionOutcome.Refused(DecisionRefusal.QuestionMalformed)
            : Decide(question, caller);
        if (outcome is DecisionOutcome.Refused(var reason, var subject))
        {
            refusals.Note(reason, subject, caller?.Identity ?? context.Peer);
        }

        return outcome;
    }

    private DecisionOutcome Decide(AttributeContext question, DecisionCaller caller)
    {
        if (!CheckAttributes.TryReadWorkload(question, out var reference))
        {
            return new DecisionOutcome.Refused(DecisionRefusal.WorkloadMalformed);
        }

        if (!point.TryFind(caller, in reference, CheckAttributes.ReadSource(question), out var subject, out var refusal))
        {
            return refusal;
        }

        var request = attributes.Read(question, subject);
        return point.Decide(subject, in request);
    }
}
