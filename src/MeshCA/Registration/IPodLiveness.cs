namespace MeshCA.Registration;

/// <summary>What is known of pods that once proved an identity.</summary>
internal interface IPodLiveness
{
    /// <summary>Whether a pod is certainly gone or has ended, so that nobody holds what it was given.</summary>
    /// <param name="cluster">Its cluster's configured name.</param>
    /// <param name="podUid">Its UID.</param>
    /// <param name="seenAt">When it was last known to be there.</param>
    /// <returns>False where nobody can tell.</returns>
    bool IsGone(string cluster, string podUid, DateTimeOffset seenAt);
}
