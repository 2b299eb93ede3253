using MeshCA.Configuration;
using MeshCA.Rpc.Administration;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>The frame of all services for administrators: who may call them, where they are served, what is recorded of calls.</summary>
internal static class AdministrationServices
{
    /// <summary>Adds the options.</summary>
    public static void AddAdministrationOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AdminOptions>().BindStrictly(configuration.GetSection(AdminOptions.Section));
        services.AddSingleton<IValidateOptions<AdminOptions>, AdminOptionsValidator>();
    }

    /// <summary>Adds the parts.</summary>
    public static void AddAdministration(this IServiceCollection services)
    {
        services.AddSingleton(p => p.GetRequiredService<IOptions<AdminOptions>>().Value.ToGrants(PeerCredential.OwnUserId));
        services.AddSingleton<AdminMetrics>();
        services.AddSingleton<AdminAudit>();
        services.AddSingleton<PageTokens>();
        services.AddSingleton<CertificatesService>();
        services.AddSingleton<AuditService>();
    }

    /// <summary>Serves what shows journal and audit.</summary>
    public static void MapRecords(this WebApplication app)
    {
        app.MapAdministration<CertificatesService>();
        app.MapAdministration<AuditService>();
    }

    /// <summary>Serves a service for administrators: on the Unix socket, and on the TLS port where the settings say so.</summary>
    /// <remarks>Each of its methods needs a row in <see cref="AdminPermissions"/>.</remarks>
    public static void MapAdministration<TService>(this WebApplication app)
        where TService : class
    {
        var onTlsPort = app.Services.GetRequiredService<IOptions<AdminOptions>>().Value.OnTlsPort;
        app.MapGrpcService<TService>()
            .On(onTlsPort ? ListenerKind.Admin | ListenerKind.Mesh : ListenerKind.Admin)
            .WithMetadata(AdminEndpoint.Mark);
    }
}
