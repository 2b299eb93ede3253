using MeshCA.Agent.Connecting;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Trust;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;

namespace MeshCA.Agent.Hosting;

/// <summary>The parts that get and renew identities, and follow trust.</summary>
internal static class IdentityServices
{
    /// <summary>Registers them.</summary>
    public static void AddIdentities(this IServiceCollection services)
    {
        services.AddSingleton<CaRoots>();
        services.AddSingleton<AgentCredentials>();
        services.AddSingleton<CaChannels>();
        services.AddSingleton<SvidRequester>();
        services.AddSingleton(p => new HeldIdentities(
            p.GetRequiredService<AgentStateStore>(),
            TrustDomain.Parse(p.GetRequiredService<AgentOptions>().TrustDomain),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new KeeperParts
        {
            Identities = p.GetRequiredService<HeldIdentities>(),
            Requester = p.GetRequiredService<SvidRequester>(),
            Roots = p.GetRequiredService<CaRoots>(),
            Gate = new RequestGate(p.GetRequiredService<AgentOptions>().MaxConcurrentRequests),
            Settings = RenewalSettings.From(p.GetRequiredService<AgentOptions>()),
            Metrics = p.GetRequiredService<AgentMetrics>(),
            Chance = p.GetRequiredService<ChanceSource>(),
            Clock = p.GetRequiredService<TimeProvider>(),
            Logger = p.GetRequiredService<ILogger<IdentityWorker>>(),
        });
        services.AddSingleton<IdentityWorker>();
        services.AddSingleton<BundleFollower>();
        services.AddSingleton<IJwtSvids, JwtSvidCache>();

        // Trust before identities: what comes then is judged by the newest bundle from the start.
        services.AddHostedService(p => p.GetRequiredService<BundleFollower>());
        services.AddHostedService<BanEndings>();
        services.AddHostedService(p => p.GetRequiredService<IdentityWorker>());
    }
}
