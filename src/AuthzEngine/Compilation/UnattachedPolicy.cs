using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>An AuthorizationPolicy that does not apply to a workload.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Action">What it does where it applies.</param>
/// <param name="IsInReach">Whether its namespace is one whose policies may apply to the workload.</param>
/// <param name="Reason">Why it does not, for people: names of policies and labels of the workload, nothing of a request.</param>
public sealed record UnattachedPolicy(ResourceId Policy, PolicyAction Action, bool IsInReach, string Reason);
