using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using Grpc.Core;
using MeshCA.Decisions;
using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Envoy.Core.V3;
using HttpCode = MeshCA.Wire.Envoy.Types.V3.StatusCode;
using HttpStatus = MeshCA.Wire.Envoy.Types.V3.HttpStatus;
using RpcStatus = MeshCA.Wire.Rpc.Status;

namespace MeshCA.Rpc.Authorization;

/// <summary>Writes decisions as Envoy reads them, wire.md §2.</summary>
/// <remarks>Only the status code decides there, and an absent status allows: it is set in every answer.</remarks>
internal static class CheckAnswers
{
    // Envoy's and Istio's own texts: clients and tests look for them.
    private const string PolicyBody = "RBAC: access denied";
    private const string TokenBody = "Jwt verification fails";
    private const string AudienceBody = "Audiences in Jwt are not allowed";
    private const string InvalidToken = "Bearer error=\"invalid_token\"";

    /// <summary>Writes a decision.</summary>
    /// <param name="decided">The decision.</param>
    /// <param name="protocol">An HTTP answer is only of use to an HTTP filter.</param>
    public static CheckResponse Of(DecisionOutcome.Decided decided, RequestProtocol protocol)
    {
        var response = new CheckResponse { DynamicMetadata = DecisionMetadata.Of(decided) };
        if (decided.Decision.Verdict == Verdict.Allow)
        {
            response.Status = new RpcStatus { Code = (int)StatusCode.OK };
            response.OkResponse = Ok(decided.Mutations);
            response.OkResponse.QueryParametersToRemove.Add(decided.RemovedParameters);
            return response;
        }

        var isUnauthenticated = decided.Decision.Reason == DecisionReason.TokenInvalid;
        response.Status = new RpcStatus
        {
            Code = (int)(isUnauthenticated ? StatusCode.Unauthenticated : StatusCode.PermissionDenied),
        };
        if (protocol == RequestProtocol.Http)
        {
            response.DeniedResponse = Denied(decided.Decision.Reason);
        }

        return response;
    }

    private static OkHttpResponse Ok(IReadOnlyList<HeaderMutation> mutations)
    {
        var response = new OkHttpResponse();
        for (var i = 0; i < mutations.Count; i++)
        {
            if (mutations[i].Value is { } value)
            {
                response.Headers.Add(Overwrite(mutations[i].Name, value));
            }
            else
            {
                response.HeadersToRemove.Add(mutations[i].Name);
            }
        }

        return response;
    }

    private static DeniedHttpResponse Denied(DecisionReason reason) => reason switch
    {
        DecisionReason.TokenInvalid => new()
        {
            Status = new HttpStatus { Code = HttpCode.Unauthorized },
            Headers = { Overwrite("www-authenticate", InvalidToken) },
            Body = TokenBody,
        },
        DecisionReason.TokenAudienceRefused => new()
        {
            Status = new HttpStatus { Code = HttpCode.Forbidden },
            Body = AudienceBody,
        },
        _ => new()
        {
            Status = new HttpStatus { Code = HttpCode.Forbidden },
            Body = PolicyBody,
        },
    };

    // Older Envoys read `append` alone, newer ones `append_action` where that is absent: both say the same.
    private static HeaderValueOption Overwrite(string name, string value) => new()
    {
        Header = new HeaderValue { Key = name, Value = value },
        Append = false,
        AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
    };
}
