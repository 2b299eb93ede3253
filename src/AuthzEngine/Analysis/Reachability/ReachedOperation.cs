namespace AuthzEngine.Analysis.Reachability;

/// <summary>The operation of which is asked who can reach it. What is not said may be anything.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Request target, normalized.</param>
/// <param name="Host"><c>:authority</c>; null: any.</param>
/// <param name="Port">Port of the workload; null: any.</param>
public sealed record ReachedOperation(string Method, string Path, string? Host = null, int? Port = null);
