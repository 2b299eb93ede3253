using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using AuthzEngine.Tokens;

namespace MeshCA.Decisions;

/// <summary>Verifies the tokens of requests for the RequestAuthentications of a workload, authorization-policy §7.2.</summary>
internal interface IRequestTokens
{
    /// <summary>Looks for tokens where the workload's rules look, and verifies them. It waits for nothing.</summary>
    /// <param name="policies">What applies to the workload; it has token rules.</param>
    /// <param name="request">The request as the proxy told of it; untrusted.</param>
    /// <returns>The request as a proxy that verifies tokens would have left it.</returns>
    AuthenticatedRequest Authenticate(WorkloadPolicies policies, in RequestAttributes request);
}

/// <summary>A request whose tokens were looked for.</summary>
/// <param name="Request">The request with its token's state and claims, and the headers that rules see then.</param>
/// <param name="Mutations">What the proxy is to change in the request that it sends on, authorization-policy §7.2.</param>
internal readonly record struct AuthenticatedRequest(RequestAttributes Request, IReadOnlyList<HeaderMutation> Mutations)
{
    /// <summary>Query parameters that held the token, and that the proxy is to remove.</summary>
    public IReadOnlyList<string> RemovedParameters { get; init; } = [];

    /// <summary>What became of the tokens, for logs and explanations; null where nobody looked for any.</summary>
    public TokenOutcome? Outcome { get; init; }
}

/// <summary>A change of a request's headers.</summary>
/// <param name="Name">The header, in lower case.</param>
/// <param name="Value">What overwrites it; null: it is removed.</param>
internal sealed record HeaderMutation(string Name, string? Value);
