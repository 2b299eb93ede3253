using System.Net;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Policies;
using MeshCA.Rpc.Authorization;
using MeshCA.Rpc.Decisions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>The parts of the decision API, its listeners and its endpoints.</summary>
internal static class DecisionServices
{
    private const ListenerKind Asked = ListenerKind.Mesh | ListenerKind.Decisions;

    /// <summary>Adds the options.</summary>
    public static void AddDecisionOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DecisionOptions>().BindStrictly(configuration.GetSection(DecisionOptions.Section));
        services.AddSingleton<IValidateOptions<DecisionOptions>, DecisionOptionsValidator>();
    }

    /// <summary>Adds the parts.</summary>
    public static void AddDecisions(this IServiceCollection services)
    {
        services.AddSingleton(p => p.GetRequiredService<IOptions<DecisionOptions>>().Value.ToSettings());
        services.AddSingleton(p => new DecisionPoint(
            p.GetRequiredService<IPolicySnapshots>(),
            p.GetRequiredService<DecisionSettings>(),
            p.GetService<IRequestTokens>(),
            p.GetServices<IDecisionLog>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new CheckAttributes(p.GetRequiredService<IOptions<DecisionOptions>>().Value));
        services.AddSingleton(p => new DecisionGate(
            p.GetRequiredService<DecisionSettings>(),
            p.GetRequiredService<IOptions<DecisionOptions>>().Value,
            p.GetRequiredService<DecisionRefusals>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DecisionRefusals>();
        services.AddSingleton<AuthorizationService>();
    }

    /// <summary>Opens the listeners that only decisions have.</summary>
    public static void ListenForDecisions(this KestrelServerOptions kestrel, DecisionOptions options)
    {
        if (options.PlaintextPort is { } port)
        {
            // Loopback, whatever else is set: who reaches it is believed.
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Mark(ListenerKind.Decisions);
                listen.TrustCallers();
            });
        }
    }

    /// <summary>Maps the services, where policies come from somewhere.</summary>
    public static void MapDecisions(this WebApplication app)
    {
        if (app.Services.GetService<IPolicySnapshots>() is null)
        {
            return;
        }

        var gate = app.Services.GetRequiredService<DecisionGate>();
        DecisionGate.Guard(app.MapGrpcService<AuthorizationService>().On(Asked), gate);
    }
}
