using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Configuration;
using MeshCA.JwtSvids;
using MeshCA.Rotations;
using MeshCA.Rpc.JwtSvids;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Puts together what issues JWT-SVIDs and keeps their keys.</summary>
internal static class JwtSvidServices
{
    /// <summary>Registers the settings.</summary>
    public static void AddJwtSvidOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<JwtSvidOptions>().BindStrictly(configuration.GetSection(JwtSvidOptions.Section));
        services.AddSingleton<IValidateOptions<JwtSvidOptions>, JwtSvidOptionsValidator>();
    }

    /// <summary>Registers the parts.</summary>
    public static void AddJwtSvids(this IServiceCollection services)
    {
        services.AddSingleton(p => OptionsOf(p).ToKeySettings());
        services.AddSingleton(p => new JwtKeyKeeper(p.GetRequiredService<IAuthorityStore>(), p.GetRequiredService<JwtKeySettings>())
        {
            MayRetire = () => p.GetRequiredService<ClockWatch>().Doubt() is null,
        });
        services.AddSingleton(p => new JwtSvidSettings
        {
            IsEnabled = OptionsOf(p).Enabled,
            Issuer = OptionsOf(p).Issuer,
            Lifetimes = OptionsOf(p).ToLifetimes(),
        });
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<JwtSvidIssuer>(p, p.SigningSnapshots()));
        services.AddSingleton<JwtSvidMetrics>();
        services.AddSingleton<JwtSvidsService>();
        services.AddSingleton(p => new OpenIdDocuments(p.GetRequiredService<IAuthoritySnapshots>(), OptionsOf(p).Issuer));
    }

    /// <summary>Maps the endpoints, and begins to show metrics.</summary>
    public static void MapJwtSvids(this WebApplication app)
    {
        app.MapGrpcService<JwtSvidsService>().On(ListenerKind.Mesh);
        app.MapOpenId(OptionsOf(app.Services));
        var authorities = app.Services.GetRequiredService<IAuthoritySnapshots>();
        app.Services.GetRequiredService<JwtSvidMetrics>().Observe(
            () => authorities.Current?.Jwt.Published.Count ?? 0, () => authorities.Current?.Jwt.Signer is not null);
    }

    private static JwtSvidOptions OptionsOf(IServiceProvider services) => services.GetRequiredService<IOptions<JwtSvidOptions>>().Value;
}
