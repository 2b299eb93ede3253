namespace MeshCA.Decisions;

/// <summary>How a question names the workload it is about.</summary>
/// <param name="Principal">Its SPIFFE ID as the proxy reports it; null or empty where the proxy terminated no mutual TLS.</param>
/// <param name="Description">What the proxy's configuration says of it; null where it says nothing.</param>
internal readonly record struct WorkloadReference(string? Principal, WorkloadDescription? Description);
