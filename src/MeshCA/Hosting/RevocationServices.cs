using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Issuance;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Rotations;
using MeshCA.Rpc.Administration;
using MeshCA.Storage;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Bans, revocations and their lists.</summary>
internal static class RevocationServices
{
    /// <summary>Adds the options.</summary>
    public static void AddRevocationOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RevocationOptions>().BindStrictly(configuration.GetSection(RevocationOptions.Section));
        services.AddSingleton<IValidateOptions<RevocationOptions>, RevocationOptionsValidator>();
    }

    /// <summary>Adds the parts.</summary>
    public static void AddRevocations(this IServiceCollection services)
    {
        services.AddSingleton<RevocationRegister>();
        services.AddSingleton<IRevocations>(p => p.GetRequiredService<RevocationRegister>());
        services.AddSingleton<IRevocationFeed>(p => p.GetRequiredService<RevocationRegister>());
        services.AddSingleton<IListFiles>(p => new ListFiles(OptionsOf(p).ListFiles));
        services.AddSingleton(p => OptionsOf(p).ToSettings(IssuanceOf(p).Backdate));
        services.AddSingleton(p => new ListPublisher(
            p.GetRequiredService<RevocationRegister>(),
            p.GetRequiredService<IAuthoritySnapshots>(),
            p.GetRequiredService<IAuthorityStore>(),
            p.GetRequiredService<IListFiles>(),
            p.GetRequiredService<ListSettings>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<ListPublisher>>())
        {
            MaySign = p.MaySign(),
            Earliest = p.Earliest(),
            IsBehind = () => p.GetRequiredService<ClockWatch>().IsBehind,
        });
        services.AddSingleton(p => new RevocationCommands(
            p.GetRequiredService<RevocationRegister>(),
            p.GetRequiredService<ListPublisher>(),
            p.GetRequiredService<IRevocationStore>(),
            p.GetRequiredService<IAuthorityStore>(),
            p.GetRequiredService<IAuthoritySource>(),
            IssuanceOf(p).MaxLifetime,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<RevocationCommands>>())
        {
            Earliest = p.Earliest(),
        });
        services.AddSingleton(p => new BanCheck(
            p.GetRequiredService<IRevocations>(), OptionsOf(p).DenyUnknownPeers, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new DistributionPoint(OptionsOf(p).DistributionUrl));
        services.AddSingleton<RevocationMetrics>();
        services.AddSingleton<RevocationsService>();
        services.AddHostedService(p => new RevocationWorker(
            p.GetRequiredService<ListPublisher>(),
            p.GetRequiredService<RevocationMetrics>(),
            OptionsOf(p).CheckInterval,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<RevocationWorker>>()));
    }

    /// <summary>Puts the revocations in force, before any authority signs.</summary>
    /// <param name="services">The service's parts, its store open.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static Task LoadRevocationsAsync(this IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<RevocationRegister>().LoadAsync(cancellationToken);

    /// <summary>Makes the lists that are due, before anything is served.</summary>
    /// <param name="services">The service's parts, its authorities loaded.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static Task PublishListsAsync(this IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<ListPublisher>().PublishAsync(cancellationToken);

    /// <summary>Serves changes on the administration socket, and begins to show metrics.</summary>
    public static void MapRevocations(this WebApplication app)
    {
        app.MapAdministration<RevocationsService>();
        var revocations = app.Services.GetRequiredService<IRevocations>();
        var publisher = app.Services.GetRequiredService<ListPublisher>();
        app.Services.GetRequiredService<RevocationMetrics>().Observe(
            () => revocations.Current.Revision,
            () => Enum.GetValues<RevocationKind>().Select(kind =>
                KeyValuePair.Create(Revocation.NameOf(kind), revocations.Current.Entries.Count(entry => entry.Kind == kind))),
            () => publisher.Catalog.Lists.Select(list => KeyValuePair.Create(list.Authority, list.NextUpdate.ToUnixTimeSeconds())),
            () => publisher.Catalog.Faults.Count);
    }

    // Begins to watch only once the store is open.
    private static Func<DateTimeOffset> Earliest(this IServiceProvider services) => () => services.GetRequiredService<ClockWatch>().Earliest();

    private static RevocationOptions OptionsOf(IServiceProvider services) =>
        services.GetRequiredService<IOptions<RevocationOptions>>().Value;

    private static IssuanceOptions IssuanceOf(IServiceProvider services) =>
        services.GetRequiredService<IOptions<IssuanceOptions>>().Value;
}
