using AuthzEngine.Diagnostics;
using AuthzEngine.Evaluation;

namespace AuthzEngine.Formats.Json;

/// <summary>The answer to a request in JSON.</summary>
/// <param name="Decision">The decision, with nobody left to ask.</param>
/// <param name="Reason">Why: lower case, no period.</param>
/// <param name="Silent">Providers to ask of which the request does not say what they answer; they count as failed.</param>
public readonly record struct LineAnswer(Decision Decision, string Reason, IReadOnlyList<string> Silent)
{
    /// <summary>Decides a request.</summary>
    /// <param name="policies">What applies to the workload.</param>
    /// <param name="request">The request.</param>
    /// <returns>The answer.</returns>
    public static LineAnswer Of(WorkloadPolicies policies, RequestInput request)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(request);
        if (request.IsPathRefused)
        {
            return new(default, "http.path holds an octet NUL, which Envoy answers with HTTP 400 before any policy", []);
        }

        var asked = policies.Decide(in request.Attributes);
        var decision = request.Resolve(in asked);
        var silent = request.WithoutVerdict(in asked);
        var reason = DecisionWords.Describe(in decision);
        if (silent.Count > 0)
        {
            reason += $"; ext_authz says nothing of {string.Join(", ", silent.Select(Excerpt.Of))}, which counts as an error";
        }

        return new(decision, reason, silent);
    }
}
