using KubernetesClient.LeaderElection;
using MeshCA.Clusters;
using MeshCA.Configuration;
using MeshCA.Leadership;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Who leads.</summary>
internal static class LeadershipServices
{
    /// <summary>Registers the leadership.</summary>
    public static void AddLeadership(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(p => ReplicaName.Of(Options(p).Identity));
        if (string.IsNullOrEmpty(configuration[$"{LeaderElectionOptions.Section}:{nameof(LeaderElectionOptions.Lease)}"]))
        {
            services.AddSingleton<ILeadership, SoleLeadership>();
            return;
        }

        services.AddSingleton(p => new LeaseLeadership(
            new LeaseElector(p.Home().Api, Settings(Options(p), p.GetRequiredService<ReplicaName>()), p.GetRequiredService<TimeProvider>()),
            p.GetRequiredService<ILogger<LeaseLeadership>>()));
        services.AddSingleton<ILeadership>(p => p.GetRequiredService<LeaseLeadership>());
        services.AddHostedService(p => p.GetRequiredService<LeaseLeadership>());
        if (bool.TryParse(configuration[$"{LeaderElectionOptions.Section}:{nameof(LeaderElectionOptions.LabelPods)}"], out var labels) && labels)
        {
            services.AddHostedService(Label);
        }
    }

    private static LeaderLabelWorker Label(IServiceProvider services)
    {
        var options = Options(services);
        return new LeaderLabelWorker(
            new LeaderLabel(
                services.Home().Api,
                ObjectName.Parse(options.Lease).Namespace,
                options.Pod.Length > 0 ? options.Pod : System.Net.Dns.GetHostName(),
                services.GetRequiredService<ILogger<LeaderLabel>>()),
            services.GetRequiredService<SigningRight>(),
            services.GetRequiredService<TimeProvider>());
    }

    private static LeaseSettings Settings(LeaderElectionOptions options, ReplicaName replica)
    {
        var lease = ObjectName.Parse(options.Lease);
        return new(lease.Namespace, lease.Name, replica.Text)
        {
            LeaseDuration = options.LeaseDuration,
            RenewDeadline = options.RenewDeadline,
            RetryPeriod = options.RetryPeriod,
        };
    }

    private static LeaderElectionOptions Options(IServiceProvider services) =>
        services.GetRequiredService<IOptions<LeaderElectionOptions>>().Value;
}
