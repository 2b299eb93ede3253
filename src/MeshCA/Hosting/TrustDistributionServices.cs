using MeshCA.Authorities;
using MeshCA.Clusters;
using MeshCA.Configuration;
using MeshCA.Leadership;
using MeshCA.Revocations.Lists;
using MeshCA.Serving;
using MeshCA.Telemetry;
using MeshCA.TrustDistribution;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>The trust bundle's way into the clusters.</summary>
internal static class TrustDistributionServices
{
    /// <summary>Registers the settings.</summary>
    public static void AddTrustDistributionOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TrustDistributionOptions>().BindStrictly(configuration.GetSection(TrustDistributionOptions.Section));
        services.AddSingleton<IValidateOptions<TrustDistributionOptions>, TrustDistributionOptionsValidator>();
        services.AddSingleton<IValidateOptions<TrustDistributionOptions>, TrustDistributionFitsValidator>();
    }

    /// <summary>Registers the parts, where anything is to be distributed.</summary>
    public static void AddTrustDistribution(this IServiceCollection services, IConfiguration configuration)
    {
        var options = new TrustDistributionOptions();
        configuration.GetSection(TrustDistributionOptions.Section).Bind(options);
        if (!options.IsUsed)
        {
            return;
        }

        services.AddSingleton<DistributionMetrics>();
        services.AddSingleton(p => new DistributionSource(
            p.GetRequiredService<IOptions<TrustDistributionOptions>>().Value,
            p.GetRequiredService<IAuthoritySnapshots>(),
            () => p.GetRequiredService<ListPublisher>().Catalog,
            p.MaySign()));
        services.AddSingleton(p => new DistributionWorker(
            p.GetRequiredService<ClusterDirectory>(),
            p.GetRequiredService<IOptions<TrustDistributionOptions>>().Value,
            p.GetRequiredService<DistributionSource>(),
            Istiod(p),
            p.GetRequiredService<DistributionMetrics>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<DistributionWorker>>()));
        services.AddHostedService(p => p.GetRequiredService<DistributionWorker>());
    }

    /// <summary>Begins to show metrics.</summary>
    public static void MapTrustDistribution(this WebApplication app)
    {
        if (app.Services.GetService<SigningRight>() is { } right)
        {
            app.Services.GetRequiredService<CertificateMetrics>().ObserveLeadership(() => right.Term is not null);
        }

        if (app.Services.GetService<DistributionWorker>() is { } worker)
        {
            app.Services.GetRequiredService<DistributionMetrics>().Observe(worker.Standings, worker.Contested);
        }
    }

    private static IstiodCertificate? Istiod(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<TrustDistributionOptions>>().Value;
        if (!ObjectName.TryParse(options.IstiodSecret, out var secret))
        {
            return null;
        }

        return new IstiodCertificate(
            services.Home().Api,
            secret,
            IstiodNames.Of(secret.Namespace, options.IstiodRevision, options.IstiodDnsNames),
            options.IstiodLifetime,
            services.GetRequiredService<ServingIssuer>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<IstiodCertificate>>());
    }
}
