using System.Net;
using MeshCA.Agent.Files;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Sockets;
using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Agent.Hosting;

/// <summary>Puts the agent together.</summary>
internal static class AgentComposition
{
    /// <summary>Checks every setting.</summary>
    /// <returns>Every fault, for people; empty if all is well.</returns>
    public static IReadOnlyList<string> FindFaults(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        AddOptions(services, configuration);
        string[] unknown = [.. SettingSections.FindUnknown(configuration)];
        using var provider = services.BuildServiceProvider();
        try
        {
            provider.GetRequiredService<IStartupValidator>().Validate();
            return unknown;
        }
        catch (Exception e) when (ConfigurationFaults.Of(e) is { Count: > 0 } faults)
        {
            return [.. unknown, .. faults];
        }
    }

    /// <summary>Builds the host; nothing is opened or started yet.</summary>
    public static WebApplication Build(IConfiguration configuration, AgentSetUp setUp)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging
            .AddMeshLogging(configuration)
            .AddFilter("Microsoft", LogLevel.Warning)

            // A start that fails is reported by us, in one line; what ends the agent later is critical.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)
            .AddConfiguration(configuration.GetSection("Logging"));
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(setUp.Clock);
        AddOptions(builder.Services, configuration);
        AddParts(builder.Services, setUp);
        AddSockets(builder.Services, configuration);
        builder.Services.AddWorkloads(configuration);
        setUp.Services(builder.Services);
        builder.WebHost.ConfigureKestrel((_, kestrel) => ConfigureKestrel(kestrel));
        var app = builder.Build();
        Map(app);
        return app;
    }

    private static void AddOptions(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AgentOptions>().BindStrictly(configuration.GetSection(AgentOptions.Section));
        services.AddSingleton<IValidateOptions<AgentOptions>, AgentOptionsValidator>();
        services.AddWorkloadOptions(configuration);
        services.AddAgentTelemetry(configuration);
        services.AddOptions<HostOptions>()
            .Configure<IOptions<AgentOptions>>((host, agent) => host.ShutdownTimeout = agent.Value.ShutdownTimeout);
    }

    private static void AddParts(IServiceCollection services, AgentSetUp setUp)
    {
        services.AddGrpc();
        services.AddListenerSeparation();
        services.AddSingleton<AgentMetrics>();
        services.AddSingleton(p => p.GetRequiredService<IOptions<AgentOptions>>().Value);
        services.AddSingleton(ChanceSource.Random);
        services.AddSingleton<AppliedStates>();
        services.AddSingleton(new AdminOptions().ToGrants(PeerCredential.OwnUserId));
        services.AddSingleton<IRegistrations>(p => new FixedRegistrations(OwnEntry(p.GetRequiredService<IOptions<AgentOptions>>().Value)));
        services.AddSingleton<AgentStateStore>();
        services.AddSingleton<FilesWorker>();
        services.AddHostedService(p => p.GetRequiredService<FilesWorker>());
        services.AddStatus();
        if (setUp.States is { } states)
        {
            services.AddSingleton(states);
            return;
        }

        services.AddSingleton<IAgentStates>(p => p.GetRequiredService<AgentStateStore>());
        services.AddIdentities();
    }

    private static RegistrationEntry OwnEntry(AgentOptions options) => new()
    {
        Name = "default",
        Id = options.SpiffeId.Length > 0 ? SpiffeId.Parse(options.SpiffeId) : null,
        Selectors = [],
    };

    private static void AddSockets(IServiceCollection services, IConfiguration configuration)
    {
        // The sections were found to be without fault before.
        var options = new AgentOptions();
        configuration.GetSection(AgentOptions.Section).Bind(options);
        if (options.AdminSocket.Length > 0)
        {
            services.AddUnixSocket(options.AdminSocket, AdminSocket.RightsOf(new AdminOptions().ToGrants(PeerCredential.OwnUserId)));
        }

        if (options.AdminSocket.Length == 0 && options.HttpPort is null && !WorkloadServices.HasWorkloadSockets(configuration))
        {
            services.AddSingleton<IServer, SilentServer>();
        }
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        var options = kestrel.ApplicationServices.GetRequiredService<IOptions<AgentOptions>>().Value;
        kestrel.AddServerHeader = false;
        if (options.HttpPort is { } port)
        {
            kestrel.Listen(IPAddress.Parse(options.HttpAddress), port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Mark(ListenerKind.Http);
            });
        }

        kestrel.ListenForAdministrators(options.AdminSocket);
        kestrel.ListenForWorkloads(kestrel.ApplicationServices.GetRequiredService<WorkloadOptions>());
    }

    private static void Map(WebApplication app)
    {
        app.UseRouting();
        app.UseListenerSeparation();
        app.MapStatus();
        app.UseWorkloads();
        app.MapWorkloads();
    }
}
