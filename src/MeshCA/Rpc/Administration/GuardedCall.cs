namespace MeshCA.Rpc.Administration;

/// <summary>Marks a call whose answer is that nothing was done, since it would have stranded somebody; a feature of the call.</summary>
/// <param name="Detail">For the audit.</param>
internal sealed record GuardedCall(string Detail);
