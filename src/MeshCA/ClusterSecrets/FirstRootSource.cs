using MeshCA.Authorities;
using MeshCA.Authorities.Plugin;
using MeshCA.Authorities.Supplied;
using MeshCA.Issuance;
using SpiffeIdentity;

namespace MeshCA.ClusterSecrets;

/// <summary>Takes the first root from a secret that istiod or an operator left, so that a mesh moves over and keeps its root.</summary>
/// <param name="source">Reads the secret.</param>
/// <param name="trustDomain">The trust domain it is to vouch for.</param>
internal sealed class FirstRootSource(IPluginFileSource source, TrustDomain trustDomain)
{
    /// <summary>Reads and checks it.</summary>
    /// <returns>The authorities, the root first; the caller disposes of their keys.</returns>
    /// <exception cref="JournalUnavailableException">It cannot be read or used. A root of our own is never made in its place: that would be the
    /// outage that the import is there to avoid.</exception>
    public async Task<IReadOnlyList<AuthorityMaterial>> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        await source.ReadAsync(cancellationToken) switch
        {
            PluginFilesOutcome.Found(var files) => ImportedAuthorities.TryRead(files, trustDomain, now, out var materials, out var fault)
                ? materials
                : throw new JournalUnavailableException($"the root to import cannot be used: {fault}"),
            PluginFilesOutcome.Incomplete(var fault) => throw new JournalUnavailableException($"the root to import: {fault}"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
