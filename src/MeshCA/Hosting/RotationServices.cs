using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Configuration;
using MeshCA.Consumers;
using MeshCA.Rotations;
using MeshCA.Rpc.Administration;
using MeshCA.Serving;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Puts together what rotates roots, where this service makes its own.</summary>
internal static class RotationServices
{
    // A supplied root comes with a cross-certificate and a key.
    private const int MaxOrderBytes = 256 * 1024;

    /// <summary>Registers the settings.</summary>
    public static void AddRotationOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RotationOptions>().BindStrictly(configuration.GetSection(RotationOptions.Section));
        services.AddSingleton<IValidateOptions<RotationOptions>, RotationOptionsValidator>();
    }

    /// <summary>Registers coordinator, worker and the administrators' service.</summary>
    public static void AddRotations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(CreateClockWatch);
        services.AddSingleton<AuthoritiesService>();
        services.AddJwtKeyRotation();
        services.AddGrpc().AddServiceOptions<AuthoritiesService>(limits => limits.MaxReceiveMessageSize = MaxOrderBytes);
        if (!string.IsNullOrEmpty(configuration[$"{AuthorityOptions.Section}:{nameof(AuthorityOptions.PluginDirectory)}"])
            || !string.IsNullOrEmpty(configuration[$"{AuthorityOptions.Section}:{nameof(AuthorityOptions.PluginSecret)}"]))
        {
            return;
        }

        services.AddSingleton(p => (IAuthorityCommands)p.GetRequiredService<IAuthoritySource>());
        services.AddSingleton(p =>
        {
            var issuance = p.GetRequiredService<IOptions<IssuanceOptions>>().Value;
            return p.GetRequiredService<IOptions<RotationOptions>>().Value.ToSettings(issuance.DefaultLifetime, issuance.MaxLifetime);
        });
        services.AddSingleton<RotationMetrics>();
        services.AddSingleton(p =>
        {
            var metrics = p.GetRequiredService<CertificateMetrics>();
            return new RotationCoordinator(
                p.GetRequiredService<IAuthorityCommands>(),
                p.GetRequiredService<IFleetSource>(),
                () => new IssuanceCount(metrics.Delivered, metrics.Failed),
                p.GetRequiredService<RotationSettings>(),
                p.GetRequiredService<TimeProvider>(),
                p.GetRequiredService<ClockWatch>())
            {
                ClockIsBehind = p.ClockIsBehind(),
            };
        });
        services.AddSingleton<IHostedService>(p =>
        {
            var options = p.GetRequiredService<IOptions<RotationOptions>>().Value;
            var settings = p.GetRequiredService<RotationSettings>();
            return new RotationWorker(
                p.GetRequiredService<RotationCoordinator>(),
                p.GetRequiredService<ServingCertificate>(),
                p.GetRequiredService<RotationMetrics>(),
                options.CheckInterval,
                options.RootExpiryAlarm,
                p.GetRequiredService<TimeProvider>(),
                p.GetRequiredService<ILogger<RotationWorker>>())
            {
                LongestRotation = settings.PropagationWindow + settings.MaxLeafLifetime,
                MayStep = p.MayChangeAuthorities(),
            };
        });
    }

    // A jump is doubted for as long as what a JWT key waits for, so that it has happened by the time the clock is believed.
    private static ClockWatch CreateClockWatch(IServiceProvider services)
    {
        var keys = services.GetRequiredService<JwtKeySettings>();
        TimeSpan[] waits = [ClockWatch.LeastDoubt, keys.LongestToken + JwtKeySettings.Leeway, keys.Propagation];
        return new(services.GetRequiredService<TimeProvider>(), services.GetRequiredService<StoreHolder>().NewestAtOpening)
        {
            Patience = waits.Max(),
        };
    }

    // Keys of tokens are made here also where the X.509 authorities are plugged in.
    private static void AddJwtKeyRotation(this IServiceCollection services)
    {
        services.AddSingleton(p => (IJwtKeyCommands)p.GetRequiredService<IAuthoritySource>());
        services.AddSingleton(p => new JwtKeyCoordinator(
            p.GetRequiredService<IAuthorityStore>(),
            p.GetRequiredService<IJwtKeyCommands>(),
            p.GetRequiredService<IFleetSource>(),
            p.GetRequiredService<JwtKeySettings>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ClockWatch>())
        {
            ClockIsBehind = p.ClockIsBehind(),
        });
        services.AddHostedService(p => new JwtKeyWorker(
            p.GetRequiredService<JwtKeyCoordinator>(),
            p.GetRequiredService<IOptions<RotationOptions>>().Value.CheckInterval,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<JwtKeyWorker>>())
        {
            MayStep = p.MayChangeAuthorities(),
        });
    }

    /// <summary>Serves administrators, and begins to show metrics.</summary>
    public static void MapRotations(this WebApplication app)
    {
        app.MapAdministration<AuthoritiesService>();
        if (app.Services.GetService<IAuthorityCommands>() is { } commands)
        {
            app.Services.GetRequiredService<RotationMetrics>().Observe(
                app.Services.GetRequiredService<TimeProvider>(), () => commands.Known, app.Services.GetRequiredService<RotationSettings>());
        }
    }
}
