using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using AuthzEngine.Tokens;
using MeshCA.Decisions;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>Authenticates requests for decisions, as a proxy with the workload's RequestAuthentications would.</summary>
internal sealed class RequestTokenAuthenticator(
    ITokenVerifier verifier, TimeProvider clock, ILogger<RequestTokenAuthenticator> logger) : IRequestTokens
{
    public AuthenticatedRequest Authenticate(WorkloadPolicies policies, in RequestAttributes request)
    {
        if (policies.Tokens is not { } rules || request.Protocol != RequestProtocol.Http)
        {
            return new(request, []);
        }

        // Where a token may stand and nobody can look, it is unknown whether there is one.
        if ((rules.Reads & request.Unsupplied) != 0)
        {
            return new(request with { Unsupplied = request.Unsupplied | AttributeKinds.Claims }, []);
        }

        var outcome = rules.Authenticate(in request, verifier, clock.GetUtcNow());
        return outcome.State is TokenState.Invalid or TokenState.AudienceRefused
            ? Refuse(in request, outcome)
            : Accept(in request, outcome, RequestChanges.Of(rules, outcome));
    }

    // The request stays as it came: nothing after its tokens is asked about it any more.
    private AuthenticatedRequest Refuse(in RequestAttributes request, TokenOutcome outcome)
    {
        Log.RequestTokenRefused(logger, outcome.Fault, outcome.Location);
        return new(request with { Token = outcome.State, Claims = null }, []) { Outcome = outcome };
    }

    private static AuthenticatedRequest Accept(in RequestAttributes request, TokenOutcome outcome, RequestChanges changes) =>
        new(
            changes.ApplyTo(in request) with { Token = outcome.State, Claims = outcome.Payload },
            [.. changes.Headers.Select(change => new HeaderMutation(change.Key, change.Value))])
        {
            Outcome = outcome,
            RemovedParameters = changes.RemovedParameters,
        };
}
