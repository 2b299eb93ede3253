using KubernetesClient.Models;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.Authentication.Impersonation;
using MeshCA.Clusters;
using MeshCA.Configuration;
using MeshCA.Registration;
using MeshCA.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Hosting;

/// <summary>Puts together how tokens of Kubernetes clusters are judged, and who may ask for others.</summary>
internal static class ClusterTokenServices
{
    /// <summary>Has clusters and token issuers that contradict one another keep the service from starting.</summary>
    public static void AddClusterTokenOptions(this IServiceCollection services) =>
        services.AddSingleton<IValidateOptions<KubernetesOptions>, ClustersAgreeValidator>();

    /// <summary>Adds the parts; without clusters they are idle.</summary>
    public static void AddClusterTokens(this IServiceCollection services)
    {
        services.AddSingleton<ClusterTokenMetrics>();
        services.AddSingleton(CreateDirectory);
        services.AddSingleton<ImpersonationGate>();
        services.AddSingleton<IPodLiveness, ClusterPodLiveness>();
        services.AddHostedService<ClusterTokenWorker>();
    }

    private static ClusterTokenDirectory CreateDirectory(IServiceProvider services)
    {
        var clusters = services.GetRequiredService<ClusterDirectory>();
        var options = services.GetRequiredService<IOptions<KubernetesOptions>>().Value;
        var trustDomain = services.GetRequiredService<TrustDomain>();
        var leeway = services.GetRequiredService<IOptions<AuthenticationOptions>>().Value.ClockLeeway;
        var settings = options.Clusters.Where(cluster => cluster.Tokens.Mode != ClusterTokenMode.Off)
            .Select(cluster => ClusterTokenSettings.From(cluster, trustDomain, leeway));
        return new(
            [.. settings.Select(cluster => Create(services, cluster, clusters.All.First(each => each.Id == cluster.Id)))],
            name => clusters.Find(name)?.Id);
    }

    private static ClusterTokenAuthenticator Create(IServiceProvider services, ClusterTokenSettings settings, Cluster cluster)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var metrics = services.GetRequiredService<ClusterTokenMetrics>();
        return new(
            settings,
            new ClusterKeyRing(settings.Keys),
            new TokenReviewer(cluster.Api, settings, clock, metrics, services.GetRequiredService<ILogger<TokenReviewer>>()),
            new ClusterLiveness(cluster.Api, cluster.Informer<V1Pod>(), cluster.Informer<V1ServiceAccount>(), settings, clock),
            clock,
            services.GetRequiredService<CertificateMetrics>(),
            metrics);
    }
}
