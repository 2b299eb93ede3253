using System.Net;
using Grpc.HealthCheck;
using MeshCA.Auditing;
using MeshCA.Authentication;
using MeshCA.Authentication.Certificates;
using MeshCA.Authentication.RequestTokens;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Authorities.Plugin;
using MeshCA.Configuration;
using MeshCA.Consumers;
using MeshCA.Federation;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using MeshCA.Rotations;
using MeshCA.Rpc;
using MeshCA.Rpc.Administration;
using MeshCA.Serving;
using MeshCA.Storage;
using MeshCA.Storage.Retention;
using MeshCA.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Hosting;

/// <summary>Puts the service together: the one place that knows every folder.</summary>
internal static class ServerComposition
{
    private const int StreamWindow = 96 * 1024;
    private const int ConnectionWindow = 128 * 1024;
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Checks every setting; each section by itself, so that one fault hides no other.</summary>
    /// <returns>Every fault, for people; empty if all is well.</returns>
    public static IReadOnlyList<string> FindFaults(IConfiguration configuration, ServerSetUp setUp)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMeshTelemetry(configuration);
        AddOptions(services, configuration);
        AddAuthentication(services, configuration, setUp);
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
    public static WebApplication Build(IConfiguration configuration, ServerSetUp setUp, StoreHolder store)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging
            .AddMeshLogging(configuration)
            .AddFilter("Microsoft", LogLevel.Warning) // a line per request would cost more than its signature

            // A start that fails is reported by us, in one line; what ends the service later is critical.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)
            .AddConfiguration(configuration.GetSection("Logging"));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(setUp.Clock);
        builder.Services.AddMeshTelemetry(configuration);
        AddOptions(builder.Services, configuration);
        AddStore(builder.Services, store);
        AddCore(builder.Services);
        AddEdge(builder.Services, configuration, setUp);
        builder.Services.AddPolicySources(configuration);
        builder.Services.AddClusterPolicies(configuration);
        builder.Services.AddIssuancePolicies(configuration);
        builder.Services.AddSharedState(configuration, store);
        builder.Services.AddTrustDistribution(configuration);
        builder.Services.AddCertificateSigning(configuration);
        setUp.Services(builder.Services);
        builder.WebHost.ConfigureKestrel((_, kestrel) => ConfigureKestrel(kestrel));
        builder.Services.AddUnixSockets();
        var app = builder.Build();
        Map(app);
        app.Services.AnnounceTrustDomains();
        return app;
    }

    private static void AddOptions(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MeshOptions>().BindStrictly(configuration.GetSection(MeshOptions.Section));
        services.AddSingleton<IValidateOptions<MeshOptions>, MeshOptionsValidator>();
        services.AddOptions<ServerOptions>().BindStrictly(configuration.GetSection(ServerOptions.Section));
        services.AddSingleton<IValidateOptions<ServerOptions>, ServerOptionsValidator>();
        services.AddOptions<StorageOptions>().BindStrictly(configuration.GetSection(StorageOptions.Section));
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddSingleton<IValidateOptions<StorageOptions>, RenewalsFitValidator>();
        services.AddOptions<IssuanceOptions>().BindStrictly(configuration.GetSection(IssuanceOptions.Section));
        services.AddSingleton<IValidateOptions<IssuanceOptions>, IssuanceOptionsValidator>();
        services.AddIssuancePolicyValidation();
        services.AddClusterTokenOptions();
        services.AddOptions<CsrOptions>().BindStrictly(configuration.GetSection(CsrOptions.Section));
        services.AddSingleton<IValidateOptions<CsrOptions>, CsrOptionsValidator>();
        services.AddOptions<LimitsOptions>().BindStrictly(configuration.GetSection(LimitsOptions.Section));
        services.AddSingleton<IValidateOptions<LimitsOptions>, LimitsOptionsValidator>();
        services.AddOptions<ServingOptions>().BindStrictly(configuration.GetSection(ServingOptions.Section));
        services.AddSingleton<IValidateOptions<ServingOptions>, ServingOptionsValidator>();
        services.AddOptions<AuthorityOptions>().BindStrictly(configuration.GetSection(AuthorityOptions.Section));
        services.AddSingleton<IValidateOptions<AuthorityOptions>, AuthorityOptionsValidator>();
        services.AddSingleton<IValidateOptions<AuthorityOptions>, LifetimesFitValidator>();
        services.AddJwtSvidOptions(configuration);
        services.AddSharedStateOptions(configuration);
        services.AddTrustDistributionOptions(configuration);
        services.AddRotationOptions(configuration);
        services.AddAdministrationOptions(configuration);
        services.AddDecisionOptions(configuration);
        services.AddRevocationOptions(configuration);
        services.AddFederationOptions(configuration);
        services.AddOptions<PolicyOptions>().BindStrictly(configuration.GetSection(PolicyOptions.Section));
        services.AddSingleton<IValidateOptions<PolicyOptions>, PolicyOptionsValidator>();
        services.AddDecisionLogOptions(configuration);
        services.AddRequestTokenOptions(configuration);
        services.AddKubernetesOptions(configuration);
    }

    private static void AddStore(IServiceCollection services, StoreHolder store)
    {
        services.AddSingleton(store);
        services.AddSingleton<IStoreStatus>(store);
        services.AddSingleton<IIssuanceJournal>(store);
        services.AddSingleton<IAuthorityStore>(store);
        services.AddSingleton<IAuditLog>(store);
        services.AddSingleton<IPolicyStore>(store);
        services.AddSingleton<IRevocationStore>(store);
        services.AddSingleton<IStoreQueries>(store);
        services.AddSingleton<IIssuedLeaves>(store);
        services.AddSingleton<IConsumerStore>(store);
        services.AddSingleton<IFederationStore>(store);
        services.AddHostedService(p => new RetentionWorker(
            store.Store,
            p.GetRequiredService<IOptions<StorageOptions>>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<RetentionWorker>>())
        {
            Earliest = p.GetRequiredService<ClockWatch>().Earliest,
        });
    }

    private static void AddCore(IServiceCollection services)
    {
        services.AddSingleton(p => p.Options<IssuanceOptions>().ToPolicy());
        services.AddSingleton(p => p.Options<CsrOptions>().ToPolicy());
        services.AddSingleton(p => new SignatureSampling(p.Options<IssuanceOptions>().SignatureCheckShare));
        services.AddTrustDomains();
        services.AddSingleton(CreateAuthoritySource);
        services.AddSingleton<IAuthoritySnapshots>(p => p.GetRequiredService<IAuthoritySource>());
        services.AddRevocations();
        services.AddSingleton(p => ActivatorUtilities.CreateInstance<SvidIssuer>(p, p.SigningSnapshots()));
        services.AddSingleton(p => new ServingIssuer(
            p.GetRequiredService<IIssuanceJournal>(), p.Options<IssuanceOptions>().Backdate, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(CreateServingCertificate);
        services.AddHostedService(CreateAuthorityWorker);
    }

    private static void AddEdge(IServiceCollection services, IConfiguration configuration, ServerSetUp setUp)
    {
        services.AddKubernetes();
        services.AddSingleton<ITrustAnchors, SnapshotTrustAnchors>();
        AddAuthentication(services, configuration, setUp);
        services.AddSingleton(p => new Admission(p.Options<LimitsOptions>()));
        services.AddSingleton(p => new StreamAdmission(p.Options<LimitsOptions>()));
        services.AddSingleton<RefusalAudit>();
        services.AddClusterTokens();
        services.AddSingleton<CertificateService>();
        services.AddSingleton<HealthServiceImpl>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<TlsHandshake>();
        services.AddHostedService<HealthWorker>();
        services.AddConsumers();
        services.AddListenerSeparation();
        services.AddFederation();
        services.AddJwtSvids();
        services.AddRotations(configuration);
        services.AddAdministration();
        services.AddDecisions();
        services.AddDecisionLog(configuration);
        services.AddRequestTokens();
        services.AddGrpc();
        services.AddOptions<Grpc.AspNetCore.Server.GrpcServiceOptions>()
            .Configure<IOptions<LimitsOptions>>((grpc, limits) => grpc.MaxReceiveMessageSize = limits.Value.MaxMessageBytes);
        services.AddOptions<HostOptions>()
            .Configure<IOptions<ServerOptions>>((host, server) => host.ShutdownTimeout = server.Value.ShutdownTimeout);
    }

    private static void AddAuthentication(IServiceCollection services, IConfiguration configuration, ServerSetUp setUp)
    {
        // A wrong name is reported by the validation of its own section; until then the default stands in for it.
        var fallback = new MeshOptions().TrustDomain;
        var name = configuration[$"{MeshOptions.Section}:{nameof(MeshOptions.TrustDomain)}"] ?? fallback;
        var trustDomain = TrustDomain.TryParse(name, out var parsed, out _) ? parsed : TrustDomain.Parse(fallback);
        services.AddCallerAuthentication(
            configuration.GetSection(AuthenticationOptions.Section), trustDomain, setUp.MoreIssuers);
    }

    private static IAuthoritySource CreateAuthoritySource(IServiceProvider services)
    {
        var options = services.Options<AuthorityOptions>();
        var trustDomain = services.GetRequiredService<TrustDomain>();
        var store = services.GetRequiredService<IAuthorityStore>();
        var clock = services.GetRequiredService<TimeProvider>();
        return options.IsPlugin
            ? new PluginAuthoritySource(
                services.PluginFiles(options),
                store,
                trustDomain,
                options.AcceptRootChange,
                clock,
                services.GetRequiredService<ILogger<PluginAuthoritySource>>())
            {
                MayStep = services.MayChangeAuthorities(),
                JwtKeys = services.GetRequiredService<JwtKeyKeeper>(),
            }
            : new AuthorityRotator(
                store,
                options.ToSettings(trustDomain, services.Options<IssuanceOptions>().Backdate),
                clock,
                services.GetRequiredService<ILogger<AuthorityRotator>>())
            {
                IsRevoked = id => services.GetRequiredService<IRevocations>().Current.FindAuthority(id) is not null,
                MayStep = services.MayChangeAuthorities(),
                MayRetire = () => services.GetRequiredService<ClockWatch>().Doubt() is null,
                JwtKeys = services.GetRequiredService<JwtKeyKeeper>(),
                ImportFirst = services.FirstImport(options, trustDomain),
                BeforeSigning = cancellationToken => services.GetRequiredService<ListPublisher>().PublishAsync(cancellationToken),
            };
    }

    private static ServingCertificate CreateServingCertificate(IServiceProvider services)
    {
        var options = services.Options<ServingOptions>();
        return new ServingCertificate(
            services.SigningSnapshots(),
            services.GetRequiredService<ServingIssuer>(),
            options.CertificateFile.Length > 0 ? new ServingFileSource(options.CertificateFile, options.KeyFile) : null,
            [.. options.DnsNames.Union(services.Options<KubernetesOptions>().Webhook.DnsNames, StringComparer.Ordinal)],
            options.Lifetime,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<ServingCertificate>>())
        {
            Others = services.GetRequiredService<PeerCertificates>().All,
        };
    }

    private static AuthorityWorker CreateAuthorityWorker(IServiceProvider services)
    {
        var options = services.Options<AuthorityOptions>();
        return new AuthorityWorker(
            services.GetRequiredService<IAuthoritySource>(),
            services.GetRequiredService<ServingCertificate>(),
            options.CheckInterval,
            options.ExpiryAlarm,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<AuthorityWorker>>());
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        var services = kestrel.ApplicationServices;
        var options = services.Options<ServerOptions>();
        kestrel.AddServerHeader = false;

        // Envoy says `:scheme: http` even inside TLS (grpc.md §2.4).
        kestrel.AllowAlternateSchemes = true;

        // Claims become headers of the HTTP form, and names of people are not all ASCII.
        kestrel.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.UTF8;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;

        // What a peer may send before anybody reads it; a CSR is some 2 KiB.
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindow;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindow;
        kestrel.Limits.Http2.KeepAlivePingDelay = PingAfter;
        kestrel.Limits.Http2.KeepAlivePingTimeout = PingTimeout;

        // Kestrel is made before the store is open; the handshake's parts only with the first connection.
        var handshake = new Lazy<TlsHandshake>(services.GetRequiredService<TlsHandshake>);
        kestrel.Listen(IPAddress.Parse(options.Address), options.Port, listen =>
        {
            // gRPC is HTTP/2; whoever polls the bundle may be a program that knows HTTP/1.1 alone.
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.Mark(ListenerKind.Mesh);
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = context => handshake.Value.OnConnectionAsync(context) });
        });
        kestrel.Listen(IPAddress.Parse(options.HttpAddress), options.HttpPort, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Mark(ListenerKind.Http);
        });
        kestrel.ListenForAdmission(services.Options<KubernetesOptions>().Webhook);
        kestrel.ListenForPeers(services.Options<BundleEndpointOptions>());
        kestrel.ListenForDecisions(services.Options<DecisionOptions>());
        kestrel.ListenForAdministrators(options.AdminSocket);
    }

    private static void Map(WebApplication app)
    {
        app.UseRouting();
        app.UseListenerSeparation();
        app.UseMiddleware<AdminMiddleware>();
        app.UseMiddleware<AdmissionMiddleware>();
        app.UseMiddleware<StreamAdmissionMiddleware>();
        app.MapHttpPort();
        app.MapConsumers();
        app.MapJwtSvids();
        app.MapGrpcService<CertificateService>().On(ListenerKind.Mesh);
        app.MapGrpcService<HealthServiceImpl>().On(ListenerKind.Mesh | ListenerKind.Decisions | ListenerKind.DecisionSocket | ListenerKind.Admin);
        app.MapRecords();
        app.MapRotations();
        app.MapPolicySources();
        app.MapClusterPolicies();
        app.MapIssuancePolicies();
        app.MapDecisions();
        app.MapRevocations();
        app.MapFederation();
        app.MapTrustDistribution();
        Observe(app.Services);
    }

    private static void Observe(IServiceProvider services)
    {
        var metrics = services.GetRequiredService<CertificateMetrics>();
        metrics.ObserveExpiry(
            services.GetRequiredService<TimeProvider>(),
            () => Snapshot()?.RootsNotAfter,
            () => Snapshot()?.Signer.NotAfter);
        AuthoritySnapshot? Snapshot() => services.GetRequiredService<IAuthoritySnapshots>().Current;
        metrics.ObserveStore(() => services.GetRequiredService<IStoreStatus>().Fault is null);
        metrics.ObserveReadiness(() => services.GetRequiredService<Readiness>().Report().Ready);
    }

    private static TOptions Options<TOptions>(this IServiceProvider services)
        where TOptions : class =>
        services.GetRequiredService<IOptions<TOptions>>().Value;
}
