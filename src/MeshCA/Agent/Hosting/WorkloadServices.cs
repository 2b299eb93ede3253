using Grpc.Reflection;
using MeshCA.Agent.Explaining;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.SecretDiscovery;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Uptake;
using MeshCA.Agent.Views;
using MeshCA.Agent.WorkloadApi;
using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Agent.Hosting;

/// <summary>The parts of the agent that workloads talk to.</summary>
internal static class WorkloadServices
{
    // A request of the Workload API is empty, or a token; Envoy's node says much about itself.
    private const int MaxWorkloadMessage = 64 * 1024;
    private const int MaxDiscoveryMessage = 256 * 1024;

    // A digest and a sentence.
    private const int MaxAcknowledgement = 4 * 1024;

    /// <summary>Adds the options.</summary>
    public static void AddWorkloadOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WorkloadOptions>().BindStrictly(configuration.GetSection(WorkloadOptions.Section));
        services.AddSingleton<IValidateOptions<WorkloadOptions>, WorkloadOptionsValidator>();
        services.AddSingleton<IValidateOptions<WorkloadOptions>, RegistrationFileValidator>();
    }

    /// <summary>Adds the parts.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="configuration">All settings; found to be without fault before.</param>
    public static void AddWorkloads(this IServiceCollection services, IConfiguration configuration)
    {
        var options = Read(configuration);
        if (options.RegistrationFile.Length > 0)
        {
            services.AddSingleton(p => Open(options.RegistrationFile, p.GetRequiredService<ILogger<FileRegistrations>>()));
            services.AddSingleton<IRegistrations>(p => p.GetRequiredService<FileRegistrations>());
            services.AddHostedService<RegistrationWorker>();
        }

        services.AddSingleton(p => p.GetRequiredService<IOptions<WorkloadOptions>>().Value);
        services.AddSingleton(p => QuotaOf(p.GetRequiredService<WorkloadOptions>()));
        services.AddSingleton(p => new FanOut(p.GetRequiredService<ProcessQuota>(), ChanceSource.Random, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<WorkloadMetrics>();
        services.AddSingleton<WorkloadFeed>();
        services.AddHostedService(p => p.GetRequiredService<WorkloadFeed>());
        services.AddSingleton<WorkloadUptake>();
        services.AddHostedService(p => p.GetRequiredService<WorkloadUptake>());
        services.AddSingleton<WorkloadStreams>();
        services.AddSingleton<LeftOutIdentities>();
        services.AddSingleton<WorkloadApiService>();
        services.AddSingleton<BundleAcknowledgementsService>();
        services.AddSingleton<SecretDiscoveryService>();
        services.AddSingleton<WorkloadHealth>();
        services.AddSingleton<WorkloadsService>();
        services.AddSingleton(new ReflectionServiceImpl(Served()));
        services.AddSingleton<ReflectionV1AlphaServiceImpl>();
        services.AddGrpc().AddServiceOptions<WorkloadApiService>(grpc => grpc.MaxReceiveMessageSize = MaxWorkloadMessage);
        services.AddGrpc().AddServiceOptions<BundleAcknowledgementsService>(grpc => grpc.MaxReceiveMessageSize = MaxAcknowledgement);
        services.AddGrpc().AddServiceOptions<SecretDiscoveryService>(grpc => grpc.MaxReceiveMessageSize = MaxDiscoveryMessage);
        services.AddGrpc().AddServiceOptions<ReflectionServiceImpl>(grpc => grpc.MaxReceiveMessageSize = MaxWorkloadMessage);
        services.AddGrpc().AddServiceOptions<ReflectionV1AlphaServiceImpl>(grpc => grpc.MaxReceiveMessageSize = MaxWorkloadMessage);
        services.AddWorkloadSockets();
    }

    /// <summary>Whether there is a socket for workloads.</summary>
    /// <param name="configuration">All settings; found to be without fault before.</param>
    public static bool HasWorkloadSockets(IConfiguration configuration) => Read(configuration).Paths.Count > 0;

    /// <summary>Refuses calls of workloads that lack what they must have. After routing.</summary>
    public static void UseWorkloads(this IApplicationBuilder app) => app.UseMiddleware<SecurityHeader>();

    /// <summary>Maps the endpoints.</summary>
    public static void MapWorkloads(this WebApplication app)
    {
        app.MapGrpcService<WorkloadApiService>().On(ListenerKind.Workloads);
        app.MapGrpcService<BundleAcknowledgementsService>().On(ListenerKind.Workloads);
        app.MapGrpcService<SecretDiscoveryService>().On(ListenerKind.Workloads);
        app.MapGrpcService<WorkloadHealth>().On(ListenerKind.Workloads);
        app.MapGrpcService<WorkloadsService>().On(ListenerKind.Admin);
        if (app.Services.GetRequiredService<WorkloadOptions>().Reflection)
        {
            app.MapGrpcService<ReflectionServiceImpl>().On(ListenerKind.Workloads);
            app.MapGrpcService<ReflectionV1AlphaServiceImpl>().On(ListenerKind.Workloads);
        }

        var registrations = app.Services.GetRequiredService<IRegistrations>();
        var states = app.Services.GetRequiredService<IAgentStates>();
        app.Services.GetRequiredService<WorkloadMetrics>().Observe(
            () => registrations.Current.Entries.Length,
            () => registrations is FileRegistrations { Faults.Count: > 0 },
            app.Services.GetRequiredService<WorkloadUptake>().Figures,
            () => registrations.Current.Entries.Count(entry => states.Current.BanOf(entry) is not null));
    }

    private static ProcessQuota QuotaOf(WorkloadOptions options) => new(options.MaxStreams, options.StreamsOfUser, options.MaxStreamsPerProcess);

    private static WorkloadOptions Read(IConfiguration configuration)
    {
        var options = new WorkloadOptions();
        configuration.GetSection(WorkloadOptions.Section).Bind(options);
        return options;
    }

    // Validated a moment before; what changed since is reported like any fault of a start.
    private static FileRegistrations Open(string path, ILogger<FileRegistrations> logger) => RegistrationFile.Read(path) switch
    {
        RegistrationReading.Read read => new FileRegistrations(path, read, FittingIdentities.Usual, logger),
        var other => throw new OptionsValidationException(Options.DefaultName, typeof(WorkloadOptions), RegistrationFileValidator.FaultsOf(path, other)),
    };

    private static IEnumerable<Google.Protobuf.Reflection.ServiceDescriptor> Served() =>
    [
        Spiffe.Wire.Workload.SpiffeWorkloadAPI.Descriptor,
        MeshCA.Wire.Workload.BundleAcknowledgements.Descriptor,
        MeshCA.Wire.Envoy.Secrets.V3.SecretDiscoveryService.Descriptor,
        Grpc.Health.V1.Health.Descriptor,
        Grpc.Reflection.V1.ServerReflection.Descriptor,
        Grpc.Reflection.V1Alpha.ServerReflection.Descriptor,
    ];
}
