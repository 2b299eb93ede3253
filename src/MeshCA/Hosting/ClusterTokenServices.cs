using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.Authentication.Impersonation;
using MeshCA.Clusters;
using MeshCA.Configuration;
using MeshCA.Registration;
using MeshCA.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        services.TryAddSingleton(CreateCopies);
        services.AddSingleton(CreateDirectory);
        services.AddSingleton<ImpersonationGate>();
        services.AddSingleton<IPodLiveness, ClusterPodLiveness>();
        services.AddHostedService<ClusterTokenWorker>();
    }

    private static ClusterCopies CreateCopies(IServiceProvider services)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var logger = services.GetRequiredService<ILogger<ClusterTokenWorker>>();
        return new([.. (services.GetService<ClusterDirectory>()?.All ?? []).Select(cluster =>
        {
            var pods = new Informer<V1Pod>(cluster.Api, ListQuery.All, Options(cluster, "pods", logger), clock);
            var accounts = new Informer<V1ServiceAccount>(cluster.Api, ListQuery.All, Options(cluster, "serviceaccounts", logger), clock);
            return new ClusterCopy(cluster, pods, accounts)
            {
                RunAsync = cancellationToken => Task.WhenAll(pods.RunAsync(cancellationToken), accounts.RunAsync(cancellationToken)),
            };
        })]);
    }

    private static InformerOptions Options(Cluster cluster, string kind, ILogger logger) => new()
    {
        OnFailure = (failure, count) =>
        {
            // The first, and then ever fewer.
            if ((count & (count - 1)) == 0)
            {
                Log.ClusterCopyNotKept(logger, cluster.Id, kind, failure.Kind.ToString(), failure.Message, count);
            }
        },
        OnRecovery = () => Log.ClusterCopyKept(logger, cluster.Id, kind),
    };

    private static ClusterTokenDirectory CreateDirectory(IServiceProvider services)
    {
        if (services.GetService<ClusterDirectory>() is not { } clusters)
        {
            return ClusterTokenDirectory.None;
        }

        var options = services.GetRequiredService<IOptions<KubernetesOptions>>().Value;
        var trustDomain = services.GetRequiredService<TrustDomain>();
        var leeway = services.GetRequiredService<IOptions<AuthenticationOptions>>().Value.ClockLeeway;
        var copies = services.GetRequiredService<ClusterCopies>();
        var settings = options.Clusters.Where(cluster => cluster.Tokens.Mode != ClusterTokenMode.Off)
            .Select(cluster => ClusterTokenSettings.From(cluster, trustDomain, leeway));
        return new(
            [.. settings.Select(cluster => Create(services, cluster, copies.Find(cluster.Id)!))],
            name => clusters.Find(name)?.Id);
    }

    private static ClusterTokenAuthenticator Create(IServiceProvider services, ClusterTokenSettings settings, ClusterCopy copy)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var metrics = services.GetRequiredService<ClusterTokenMetrics>();
        var api = copy.Cluster.Api;
        return new(
            settings,
            new ClusterKeyRing(settings.Keys),
            new TokenReviewer(api, settings, clock, metrics, services.GetRequiredService<ILogger<TokenReviewer>>()),
            new ClusterLiveness(api, copy.Pods, copy.Accounts, settings, clock),
            clock,
            services.GetRequiredService<CertificateMetrics>(),
            metrics);
    }
}
