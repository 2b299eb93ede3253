using System.Text.Json;
using KubernetesClient;

namespace MeshCA.PolicySources.Watched;

/// <summary>Writes statuses of policies.</summary>
internal interface IPolicyStatuses
{
    /// <summary>Writes one, if nobody changed the policy meanwhile.</summary>
    /// <param name="policy">The policy as it was last heard of.</param>
    /// <param name="status">The whole status.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What the policy's status is then; <see cref="ApiFailureKind.Conflict"/> where somebody was faster.</returns>
    Task<ApiOutcome<JsonElement>> WriteAsync(WatchedPolicy policy, JsonElement status, CancellationToken cancellationToken);
}
