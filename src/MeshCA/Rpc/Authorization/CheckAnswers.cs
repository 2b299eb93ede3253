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
            response.DeniedResponse = Denied(Denial.Of(decided.Decision.Reason));
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

    private static DeniedHttpResponse Denied(Denial denial)
    {
        var response = new DeniedHttpResponse { Status = new HttpStatus { Code = (HttpCode)denial.HttpStatus }, Body = denial.Body };
        if (denial.Challenge is { } challenge)
        {
            response.Headers.Add(Overwrite("www-authenticate", challenge));
        }

        return response;
    }

    // Older Envoys read `append` alone, newer ones `append_action` where that is absent: both say the same.
    private static HeaderValueOption Overwrite(string name, string value) => new()
    {
        Header = new HeaderValue { Key = name, Value = value },
        Append = false,
        AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
    };
}
