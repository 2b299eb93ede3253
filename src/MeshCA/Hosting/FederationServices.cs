using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Federation;
using MeshCA.Federation.Fetching;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Rpc.Administration;
using MeshCA.Rpc.Bundles;
using MeshCA.Serving;
using MeshCA.Storage;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Hosting;

/// <summary>Federated trust domains: whose bundles are fetched, and the endpoint at which ours is.</summary>
internal static class FederationServices
{
    /// <summary>Adds the options.</summary>
    public static void AddFederationOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<FederationOptions>().BindStrictly(configuration.GetSection(FederationOptions.Section));
        services.AddSingleton<IValidateOptions<FederationOptions>, FederationOptionsValidator>();
        services.AddOptions<BundleEndpointOptions>().BindStrictly(configuration.GetSection(BundleEndpointOptions.Section));
        services.AddSingleton<IValidateOptions<BundleEndpointOptions>, BundleEndpointOptionsValidator>();
        services.AddSingleton<IValidateOptions<BundleEndpointOptions>, BundleEndpointFitsValidator>();
    }

    /// <summary>Adds the parts.</summary>
    public static void AddFederation(this IServiceCollection services)
    {
        services.AddSingleton<FederationRegister>();
        services.AddSingleton<IFederationFeed>(p => p.GetRequiredService<FederationRegister>());
        services.AddSingleton(p => p.GetRequiredService<IOptions<FederationOptions>>().Value.ToSettings());
        services.AddSingleton<IBundleFetcher, HttpBundleFetcher>();
        services.AddSingleton<FederationMetrics>();
        services.AddSingleton(p => new FederationPoller(
            p.GetRequiredService<FederationRegister>(),
            p.GetRequiredService<IBundleFetcher>(),
            p.GetRequiredService<IAuthoritySnapshots>(),
            p.GetRequiredService<FederationSettings>(),
            ChanceSource.Random,
            p.GetRequiredService<FederationMetrics>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<FederationPoller>>()));
        services.AddSingleton<FederatedPushes>();
        services.AddSingleton<PeerPolls>();
        services.AddSingleton(CreateCertificates);
        services.AddSingleton(p => new FederationService(
            p.GetRequiredService<FederationRegister>(),
            p.GetRequiredService<FederationPoller>(),
            p.GetRequiredService<PeerPolls>(),
            p.GetRequiredService<PublishedBundles>(),
            p.GetRequiredService<Consumers.ConsumerRegistry>(),
            new OwnEndpoint(p.GetRequiredService<PermittedTrustDomains>(), IdOf(p)),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<FederationService>>()));
        services.AddHostedService(p => new FederationWorker(p.GetRequiredService<FederationPoller>(), p.GetRequiredService<TimeProvider>())
        {
            MayChange = p.MaySign(),
        });
    }

    /// <summary>Puts the peers in force, before anybody follows their bundles.</summary>
    /// <param name="services">The service's parts, its store open.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task LoadFederationAsync(this IServiceProvider services, CancellationToken cancellationToken)
    {
        var register = services.GetRequiredService<FederationRegister>();
        await register.LoadAsync(cancellationToken);
        var own = services.GetRequiredService<PermittedTrustDomains>();
        foreach (var known in register.Current.Peers.Where(known => own.Contains(known.Peer.TrustDomain)))
        {
            Log.FederatedDomainIsOurs(services.GetRequiredService<ILogger<FederationRegister>>(), known.Peer.TrustDomain.Name);
        }
    }

    /// <summary>Serves endpoint and administration, and begins to show metrics.</summary>
    public static void MapFederation(this WebApplication app)
    {
        app.MapPeerEndpoint();
        app.MapAdministration<FederationService>();
        var (feed, poller) = (app.Services.GetRequiredService<IFederationFeed>(), app.Services.GetRequiredService<FederationPoller>());
        app.Services.GetRequiredService<FederationMetrics>().Observe(() =>
        [
            .. feed.Current.Peers
                .Select(known => (known.Peer.TrustDomain.Name, Status: poller.StatusOf(known)))
                .Where(peer => peer.Status is not null)
                .Select(peer => KeyValuePair.Create(peer.Name, peer.Status!)), // not null: just asked
        ]);
    }

    private static SpiffeId? IdOf(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<BundleEndpointOptions>>().Value;
        return options.SpiffePort is null ? null : options.IdIn(services.GetRequiredService<TrustDomain>());
    }

    private static PeerCertificates CreateCertificates(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<BundleEndpointOptions>>().Value;
        return new(
            options.SpiffePort is null ? null : Create(null, IdOf(services)),
            options.WebPort is null ? null : Create(new ServingFileSource(options.CertificateFile, options.KeyFile), null));

        ServingCertificate Create(ServingFileSource? files, SpiffeId? id) => new(
            services.SigningSnapshots(),
            services.GetRequiredService<ServingIssuer>(),
            files,
            [],
            options.Lifetime,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<ServingCertificate>>())
        {
            Identity = id,
        };
    }
}
