using MeshCA.Configuration;
using MeshCA.Leadership;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Who leads.</summary>
internal static class LeadershipServices
{
    /// <summary>Registers the leadership.</summary>
    public static void AddLeadership(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(p => ReplicaName.Of(p.GetRequiredService<IOptions<LeaderElectionOptions>>().Value.Identity));
        services.AddSingleton<ILeadership, SoleLeadership>();
    }
}
