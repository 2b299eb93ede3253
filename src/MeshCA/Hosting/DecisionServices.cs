using System.Net;
using Grpc.AspNetCore.Server;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Policies;
using MeshCA.Rpc.Authorization;
using MeshCA.Rpc.Decisions;
using MeshCA.Rpc.ExternalAuthorizations;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>The parts of the decision API, its listeners and its endpoints.</summary>
internal static class DecisionServices
{
    private const ListenerKind Asked = ListenerKind.Mesh | ListenerKind.Decisions | ListenerKind.DecisionSocket | ListenerKind.Admin;

    /// <summary>Adds the options.</summary>
    public static void AddDecisionOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DecisionOptions>().BindStrictly(configuration.GetSection(DecisionOptions.Section));
        services.AddSingleton<IValidateOptions<DecisionOptions>, DecisionOptionsValidator>();
        services.AddSingleton<IValidateOptions<DecisionOptions>, SocketsDifferValidator>();
    }

    /// <summary>Adds the parts.</summary>
    public static void AddDecisions(this IServiceCollection services)
    {
        services.AddSingleton(p => p.GetRequiredService<IOptions<DecisionOptions>>().Value.ToSettings());
        services.AddSingleton(p => new DecisionPoint(
            p.GetService<IPolicySnapshots>(),
            p.GetRequiredService<DecisionSettings>(),
            p.GetRequiredService<BanCheck>(),
            p.GetService<IRequestTokens>(),
            p.GetServices<IDecisionLog>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new CheckAttributes(p.GetRequiredService<IOptions<DecisionOptions>>().Value));
        services.AddSingleton(p => new DecisionGate(
            p.GetRequiredService<DecisionSettings>(),
            p.GetRequiredService<IOptions<DecisionOptions>>().Value,
            p.GetRequiredService<DecisionRefusals>(),
            p.GetRequiredService<CertificateMetrics>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DecisionRefusals>();
        services.AddSingleton<AuthorizationService>();
        services.AddSingleton<PolicyDecisionService>();
        services.AddSingleton(p => new ForwardedQuestions(p.GetRequiredService<IOptions<DecisionOptions>>().Value));
        services.AddSingleton(p => new ExternalAuthorization(
            p.GetRequiredService<DecisionPoint>(),
            p.GetRequiredService<DecisionSettings>(),
            p.GetRequiredService<ForwardedQuestions>(),
            p.GetRequiredService<IOptions<DecisionOptions>>().Value,
            p.GetRequiredService<DecisionRefusals>(),
            p.GetRequiredService<TimeProvider>()));
        LimitMessages<AuthorizationService>(services);
        LimitMessages<PolicyDecisionService>(services);
    }

    /// <summary>Opens the listeners that only decisions have.</summary>
    public static void ListenForDecisions(this KestrelServerOptions kestrel, DecisionOptions options)
    {
        // Loopback, whatever else is set: who reaches these is believed.
        Listen(options.PlaintextPort, HttpProtocols.Http2, ListenerKind.Decisions);
        Listen(options.HttpPort, HttpProtocols.Http1, ListenerKind.DecisionHttp);
        kestrel.ListenOnDecisionSocket(options);

        void Listen(int? port, HttpProtocols protocols, ListenerKind kind)
        {
            if (port is { } number)
            {
                kestrel.Listen(IPAddress.Loopback, number, listen =>
                {
                    listen.Protocols = protocols;
                    listen.Mark(kind);
                });
            }
        }
    }

    /// <summary>Maps the services.</summary>
    public static void MapDecisions(this WebApplication app)
    {
        var gate = app.Services.GetRequiredService<DecisionGate>();
        DecisionGate.Guard(app.MapGrpcService<AuthorizationService>().On(Asked), gate);
        DecisionGate.Guard(app.MapGrpcService<PolicyDecisionService>().On(ListenersOf), gate);
        OverHttp(app, app.MapExternalAuthorization().On(ListenerKind.Mesh | ListenerKind.DecisionHttp), gate);
        OverHttp(app, app.MapUnknownQuestions().On(ListenerKind.DecisionHttp), gate);
    }

    // Measured around the gate, so that what it turns away counts.
    private static void OverHttp(WebApplication app, IEndpointConventionBuilder endpoints, DecisionGate gate) =>
        DecisionGate.Guard(endpoints, gate, ExternalAuthorization.RefuseAsync)
            .Measured(app.Services.GetRequiredService<DecisionMetrics>(), app.Services.GetRequiredService<TimeProvider>());

    // Questions hold headers and bodies, so they are larger than what the other services take.
    private static void LimitMessages<TService>(IServiceCollection services)
        where TService : class
    {
        services.AddGrpc().AddServiceOptions<TService>(_ => { });
        services.AddOptions<GrpcServiceOptions<TService>>().Configure<IOptions<DecisionOptions>>(
            (grpc, decisions) => grpc.MaxReceiveMessageSize = decisions.Value.MaxMessageBytes);
    }

    private static ListenerKind ListenersOf(EndpointBuilder endpoint) =>
        PolicyDecisionService.ForAdministrators.Contains(endpoint.Metadata.OfType<GrpcMethodMetadata>().Single().Method.Name)
            ? ListenerKind.Admin
            : Asked;
}
