using MeshCA.Authorities;
using MeshCA.Authorities.Plugin;
using MeshCA.Clusters;
using MeshCA.ClusterSecrets;
using MeshCA.Configuration;
using MeshCA.Consumers;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Leadership;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Serving;
using MeshCA.Storage;
using MeshCA.Storage.Backups;
using MeshCA.Storage.Sealing;
using MeshCA.Storage.Sharing;
using MeshCA.TrustDistribution;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Hosting;

/// <summary>Leadership and the state that replicas share. Where no secret is configured the service is alone, and nothing of this is there.</summary>
internal static class SharedStateServices
{
    /// <summary>Registers the settings.</summary>
    public static void AddSharedStateOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LeaderElectionOptions>().BindStrictly(configuration.GetSection(LeaderElectionOptions.Section));
        services.AddSingleton<IValidateOptions<LeaderElectionOptions>, LeaderElectionOptionsValidator>();
        services.AddSingleton<IValidateOptions<LeaderElectionOptions>, LeaderElectionFitsValidator>();
        services.AddSingleton<IValidateOptions<AuthorityOptions>, AuthoritySecretsFitValidator>();
    }

    /// <summary>Registers the parts, after those that they stand in for.</summary>
    public static void AddSharedState(this IServiceCollection services, IConfiguration configuration, StoreHolder store)
    {
        if (string.IsNullOrEmpty(configuration[$"{AuthorityOptions.Section}:{nameof(AuthorityOptions.Secret)}"]))
        {
            return;
        }

        services.AddLeadership(configuration);
        services.AddSingleton<SigningRight>();
        services.AddSingleton(p => Open(p, store));
        services.AddSingleton<IAuthorityStore>(p => p.GetRequiredService<SharedStore>());
        services.AddSingleton<IRevocationStore>(p => p.GetRequiredService<SharedStore>());
        services.AddSingleton<IFederationStore>(p => p.GetRequiredService<SharedStore>());
        services.AddSingleton<IIssuanceJournal>(p => new FencedJournal(store, p.GetRequiredService<SigningRight>()));
        services.AddSingleton<IHostedService>(p => new TakeOverWorker(
            p.GetRequiredService<ILeadership>(),
            p.GetRequiredService<SigningRight>(),
            Steps(p),
            p.GetRequiredService<IOptions<AuthorityOptions>>().Value.CheckInterval,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<TakeOverWorker>>()));
    }

    /// <summary>The authorities as those see them that sign.</summary>
    public static IAuthoritySnapshots SigningSnapshots(this IServiceProvider services)
    {
        var snapshots = services.GetRequiredService<IAuthoritySnapshots>();
        return services.GetService<SigningRight>() is { } right ? new LeaderSnapshots(snapshots, right) : snapshots;
    }

    /// <summary>Whether this process may sign now.</summary>
    public static Func<bool> MaySign(this IServiceProvider services) =>
        services.GetService<SigningRight>() is { } right ? () => right.Term is not null : () => true;

    /// <summary>Whether this process may change the authorities by itself now: by a clock that is behind what was written down, times would begin too early.</summary>
    public static Func<bool> MayChangeAuthorities(this IServiceProvider services)
    {
        var (maySign, isBehind) = (services.MaySign(), services.ClockIsBehind());
        return () => maySign() && !isBehind();
    }

    /// <summary>Whether the clock is behind what was written down.</summary>
    public static Func<bool> ClockIsBehind(this IServiceProvider services)
    {
        var store = services.GetRequiredService<StoreHolder>();
        return () => store.Store.Health.Reason == StoreHealthReason.ClockBehind;
    }

    /// <summary>Where a plug-in authority is read from.</summary>
    public static IPluginFileSource PluginFiles(this IServiceProvider services, AuthorityOptions options) => options.PluginSecret.Length > 0
        ? new SecretPluginSource(services.Home().Api, ObjectName.Parse(options.PluginSecret))
        : new PluginDirectory(options.PluginDirectory);

    /// <summary>Where the first root comes from; null: it is made.</summary>
    public static Func<DateTimeOffset, CancellationToken, Task<IReadOnlyList<AuthorityMaterial>>>? FirstImport(
        this IServiceProvider services, AuthorityOptions options, TrustDomain trustDomain)
    {
        if (options.ImportSecret.Length == 0)
        {
            return null;
        }

        var source = new FirstRootSource(new SecretPluginSource(services.Home().Api, ObjectName.Parse(options.ImportSecret)), trustDomain);
        return source.ReadAsync;
    }

    /// <summary>Raises the numbers of a restored store before anything of it is read, unless replicas share their state, which has its own.</summary>
    /// <param name="services">The service's parts, its store open.</param>
    /// <param name="cancellationToken">Gives it up before it begins.</param>
    public static Task CountOnAsync(this IServiceProvider services, CancellationToken cancellationToken)
    {
        var store = services.GetRequiredService<StoreHolder>();
        return store.Restored is { } mark && services.GetService<SharedStore>() is null
            ? RestoredNumbers.RaiseAsync(
                store,
                store,
                mark,
                services.GetRequiredService<TimeProvider>().GetUtcNow(),
                services.GetRequiredService<ILogger<StoreHolder>>(),
                cancellationToken)
            : Task.CompletedTask;
    }

    /// <summary>The fleet with all that has to be known beside this replica's journal.</summary>
    public static IFleetSource Surround(this IServiceProvider services, IFleetSource fleet)
    {
        var (store, clock) = (services.GetRequiredService<StoreHolder>(), services.GetRequiredService<TimeProvider>());
        var longest = services.GetRequiredService<IOptions<IssuanceOptions>>().Value.MaxLifetime;
        fleet = new CoveredFleet(fleet, () => store.Restored?.At ?? DateTimeOffset.UnixEpoch, longest, clock);
        if (services.GetService<SharedStore>() is { } shared)
        {
            fleet = new CoveredFleet(fleet, () => shared.CoveredSince, longest, clock);
        }

        return services.GetService<DistributionWorker>() is { } worker ? new DistributedFleet(fleet, worker.Measure) : fleet;
    }

    /// <summary>The home cluster.</summary>
    /// <exception cref="InvalidOperationException">None is configured, which the settings' own checks refuse.</exception>
    internal static Cluster Home(this IServiceProvider services) =>
        services.GetRequiredService<ClusterDirectory>().Home ?? throw new InvalidOperationException("no cluster is configured");

    private static SharedStore Open(IServiceProvider services, StoreHolder store)
    {
        var options = services.GetRequiredService<IOptions<AuthorityOptions>>().Value;
        var (name, former) = (ObjectName.Parse(options.Secret), options.FormerSecretKeyFile);
        var storage = services.GetRequiredService<IOptions<StorageOptions>>().Value;
        return new SharedStore(
            new SecretVersions(services.Home().Api, name),
            new LocalStore(store, store, store, store, () => store.Name) { GetRestored = () => store.Restored },
            services.GetRequiredService<SigningRight>(),
            services.GetRequiredService<ILeadership>(),
            services.GetRequiredService<ReplicaName>().Text,
            new Lazy<KeyEncryptionKey>(() => KeyEncryptionKeySource.Load(storage, storeIsNew: false)),
            () => former.Length == 0 ? null : KeyEncryptionKeySource.Load(new StorageOptions { KeyEncryptionKeyFile = former }, storeIsNew: false),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SharedStore>>());
    }

    private static TakeOverSteps Steps(IServiceProvider services)
    {
        var shared = services.GetRequiredService<SharedStore>();
        var revocations = services.GetRequiredService<RevocationRegister>();
        var federation = services.GetRequiredService<FederationRegister>();
        var authorities = services.GetRequiredService<IAuthoritySource>();
        var lists = services.GetRequiredService<ListPublisher>();
        var serving = services.GetRequiredService<ServingCertificate>();
        return new()
        {
            FollowAsync = async cancellationToken =>
            {
                await revocations.LoadAsync(cancellationToken);
                await federation.LoadAsync(cancellationToken);
                await authorities.AdvanceAsync(cancellationToken);
            },
            TakeOverAsync = async (term, cancellationToken) =>
            {
                // The state first, then all that was read of it before: a ban that the leader before ordered holds for the first leaf.
                await shared.TakeOverAsync(term, cancellationToken);
                await revocations.LoadAsync(cancellationToken);
                await federation.LoadAsync(cancellationToken);
                await authorities.AdvanceAsync(cancellationToken);
            },
            StartAsync = async cancellationToken =>
            {
                await authorities.AdvanceAsync(cancellationToken);
                await lists.PublishAsync(cancellationToken);
                await serving.AdvanceAsync(cancellationToken);
            },
        };
    }
}
