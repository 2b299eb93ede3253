using MeshCA.Configuration;
using MeshCA.Registration;
using MeshCA.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Hosting;

/// <summary>The trust domains that the service vouches for.</summary>
internal static class TrustDomainServices
{
    /// <summary>Adds the mesh's own, and the set of all.</summary>
    public static void AddTrustDomains(this IServiceCollection services)
    {
        services.AddSingleton(p => TrustDomain.Parse(p.GetRequiredService<IOptions<MeshOptions>>().Value.TrustDomain));
        services.AddSingleton(Create);
    }

    /// <summary>Says so where there are several: nobody may take them for isolated from each other.</summary>
    public static void AnnounceTrustDomains(this IServiceProvider services)
    {
        var domains = services.GetRequiredService<PermittedTrustDomains>();
        if (domains.Others.Count > 0)
        {
            Log.SeveralTrustDomains(
                services.GetRequiredService<ILogger<PermittedTrustDomains>>(), domains.Own.Name, string.Join(", ", domains.Others));
            if (domains.AreShared)
            {
                Log.TrustDomainsShared(services.GetRequiredService<ILogger<PermittedTrustDomains>>());
            }
        }
    }

    private static PermittedTrustDomains Create(IServiceProvider services)
    {
        var own = services.GetRequiredService<TrustDomain>();
        var clusters = services.GetRequiredService<IOptions<KubernetesOptions>>().Value.Clusters
            .Select(cluster => (Cluster: cluster.Id, cluster.TrustDomain));
        var issuers = services.GetRequiredService<IOptions<AuthenticationOptions>>().Value.Issuers
            .Select(issuer => (Cluster: issuer.ClusterId, issuer.TrustDomain));
        return PermittedTrustDomains.Of(
            own,
            clusters.Concat(issuers).Select(each => new ClusterTrustDomain(each.Cluster, each.TrustDomain is { } name ? TrustDomain.Parse(name) : own)),
            services.GetRequiredService<IOptions<MeshOptions>>().Value.ShareTrustDomains);
    }
}
