using MeshCA.Clusters;
using MeshCA.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>The clusters that the service works with.</summary>
internal static class KubernetesServices
{
    // Set for every pod by its kubelet, so not under our own prefix.
    private const string PodPrefix = "KUBERNETES_SERVICE_";

    /// <summary>Adds the options, and checks that each cluster can be called as configured.</summary>
    public static void AddKubernetesOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<KubernetesOptions>().BindStrictly(configuration.GetSection(KubernetesOptions.Section));
        services.AddSingleton<IValidateOptions<KubernetesOptions>, KubernetesOptionsValidator>();
        services.AddSingleton<IValidateOptions<KubernetesOptions>, ClustersLoadValidator>();
        services.AddSingleton(ReadPodEnvironment());
    }

    /// <summary>Adds the clusters and what keeps copies of their objects.</summary>
    public static void AddKubernetes(this IServiceCollection services)
    {
        services.AddSingleton(CreateClusters);
        services.AddHostedService<ClusterWorker>();
    }

    private static PodEnvironment ReadPodEnvironment()
    {
        var variables = new ConfigurationBuilder().AddEnvironmentVariables(PodPrefix).Build();
        return new PodEnvironment(variables["HOST"], variables["PORT"]);
    }

    private static ClusterDirectory CreateClusters(IServiceProvider services)
    {
        var faults = ClusterFactory.TryCreate(
            services.GetRequiredService<IOptions<KubernetesOptions>>().Value,
            services.GetRequiredService<PodEnvironment>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>(),
            out var clusters);
        return faults.Count == 0 ? clusters : throw new OptionsValidationException(Options.DefaultName, typeof(KubernetesOptions), faults);
    }
}

/// <summary>Checks that each cluster can be called as configured; whether its server answers is another matter.</summary>
internal sealed class ClustersLoadValidator(PodEnvironment pod) : IValidateOptions<KubernetesOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, KubernetesOptions options)
    {
        var faults = options.Clusters.SelectMany(cluster => ClusterFactory.Faults(cluster, ClusterFactory.Configure(cluster, pod))).ToList();
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
