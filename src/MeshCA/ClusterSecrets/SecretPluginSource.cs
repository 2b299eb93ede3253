using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authorities.Plugin;
using MeshCA.Clusters;

namespace MeshCA.ClusterSecrets;

/// <summary>A plug-in authority in a secret, read through the API server: nothing to mount, and no kubelet's minute to wait for.</summary>
/// <param name="api">The home cluster's API server.</param>
/// <param name="name">Which secret.</param>
internal sealed class SecretPluginSource(IKubernetes api, ObjectName name) : IPluginFileSource
{
    /// <inheritdoc />
    public async ValueTask<PluginFilesOutcome> ReadAsync(CancellationToken cancellationToken) =>
        await api.ReadAsync<V1Secret>(name.Name, name.Namespace, cancellationToken) switch
        {
            ApiOutcome<V1Secret>.Done(var secret) => SecretMaterial.Read(name.ToString(), secret),
            ApiOutcome<V1Secret>.Failed(var failure) =>
                new PluginFilesOutcome.Incomplete($"secret `{name}` cannot be read: {failure.Kind}: {failure.Message}"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
