using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Consumers;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Rotations;
using MeshCA.Rpc.Administration;
using MeshCA.Rpc.Bundles;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>The parts that hand out the trust bundle and know who has it.</summary>
internal static class ConsumerServices
{
    /// <summary>Adds the parts.</summary>
    public static void AddConsumers(this IServiceCollection services)
    {
        services.AddSingleton(p => new ConsumerRegistry(Limits(p), p.GetRequiredService<TimeProvider>())
        {
            MayForget = () => p.GetRequiredService<ClockWatch>().Doubt() is null,
        });
        services.AddSingleton<ConsumerKeeper>();
        services.AddSingleton<FleetReader>();
        services.AddSingleton(p => p.Surround(p.GetRequiredService<FleetReader>()));
        services.AddSingleton(p => new PublishedBundles(p.GetRequiredService<IAuthoritySnapshots>())
        {
            RefreshHint = PublishedBundle.RefreshHintFor(p.GetRequiredService<IOptions<RotationOptions>>().Value.PropagationWindow),
        });
        services.AddSingleton(p => new RevocationPushes(
            p.GetRequiredService<IRevocationFeed>(), () => p.GetRequiredService<ListPublisher>().Catalog, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<BundlePollers>();
        services.AddSingleton<ConsumersService>();
        services.AddSingleton(new WatchTimes());
        services.AddSingleton<TrustBundlesService>();
        services.AddHostedService<BundleWorker>();
        services.AddSingleton<ConsumerMetrics>();
        services.AddHostedService(p => new ConsumerWorker(
            p.GetRequiredService<ConsumerKeeper>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<ConsumerWorker>>()));
    }

    /// <summary>Maps the endpoints, and begins to show metrics.</summary>
    public static void MapConsumers(this WebApplication app)
    {
        app.MapBundle();
        app.MapAdministration<ConsumersService>();
        app.MapGrpcService<TrustBundlesService>().On(ListenerKind.Mesh);
        var registry = app.Services.GetRequiredService<ConsumerRegistry>();
        var bundles = app.Services.GetRequiredService<PublishedBundles>();
        var clock = app.Services.GetRequiredService<TimeProvider>();
        app.Services.GetRequiredService<ConsumerMetrics>().Observe(
            () => registry.Live(),
            () => (long?)bundles.Current?.Snapshot.BundleSequence,
            () => app.Services.GetRequiredService<IRevocations>().Current.Revision,
            id => app.Services.GetRequiredService<IRevocations>().Current.FindBan(id, clock.GetUtcNow()) is not null);
    }

    private static ConsumerLimits Limits(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<RotationOptions>>().Value;
        return new(options.ConsumerExpiry, options.MaxConsumers);
    }
}
