using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Auditing;
using MeshCA.CertificateSigningRequests;
using MeshCA.Clusters;
using MeshCA.Configuration;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.Rpc;
using MeshCA.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;

namespace MeshCA.Hosting;

/// <summary>Puts together the signers of CertificateSigningRequests, one for each cluster; none where no signer name is set.</summary>
internal static class CertificateSigningServices
{
    private const string Names =
        $"{KubernetesOptions.Section}:{nameof(KubernetesOptions.CertificateSigning)}:{nameof(CertificateSigningOptions.SignerNames)}";

    /// <summary>Adds them.</summary>
    public static void AddCertificateSigning(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration.GetSection(Names).GetChildren().Any())
        {
            services.AddSingleton<IHostedService>(p => new SigningWorkers([.. p.GetRequiredService<ClusterDirectory>().All.Select(cluster => Create(p, cluster))]));
        }
    }

    private static SigningWorker Create(IServiceProvider services, Cluster cluster)
    {
        var settings = SettingsOf(services, cluster);
        var clock = services.GetRequiredService<TimeProvider>();
        var logger = services.GetRequiredService<ILogger<RequestSigner>>();
        var signer = new RequestSigner(
            cluster.Api,
            settings,
            services.GetRequiredService<SvidIssuer>(),
            services.GetRequiredService<Admission>(),
            services.GetRequiredService<IAuditLog>(),
            services.GetRequiredService<RefusalAudit>(),
            services.GetRequiredService<CertificateMetrics>(),
            services.GetRequiredService<IssuancePolicyMetrics>(),
            clock,
            logger);
        var informer = new Informer<V1CertificateSigningRequest>(
            cluster.Api,

            // The API knows one name in a selector; several are told apart here.
            settings.SignerNames is { Count: 1 } names ? new() { FieldSelector = $"spec.signerName={names.Single()}" } : ListQuery.All,
            new() { OnFailure = (failure, _) => Log.SigningRequestsNotFollowed(logger, cluster.Id, failure.Kind.ToString(), failure.Message) },
            clock);
        return new SigningWorker(informer, signer, () => true, clock, services.GetRequiredService<ILogger<SigningWorker>>());
    }

    private static SigningSettings SettingsOf(IServiceProvider services, Cluster cluster)
    {
        var options = services.GetRequiredService<IOptions<KubernetesOptions>>().Value.CertificateSigning;
        return new()
        {
            SignerNames = options.SignerNames.ToHashSet(StringComparer.Ordinal),
            Cluster = cluster.Id,
            TrustDomain = services.GetRequiredService<TrustDomain>(),
            Csr = services.GetRequiredService<CsrPolicy>(),
            TrustedRequesters = options.TrustedRequesters.ToHashSet(StringComparer.Ordinal),
            ApprovesOwnIdentity = options.ApproveOwnIdentity,
        };
    }
}

/// <summary>Runs all signers: the host starts one service of a type.</summary>
internal sealed class SigningWorkers(IReadOnlyList<SigningWorker> workers) : IHostedService, IDisposable
{
    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(workers.Select(worker => worker.StartAsync(cancellationToken)));

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(workers.Select(worker => worker.StopAsync(cancellationToken)));

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var worker in workers)
        {
            worker.Dispose();
        }
    }
}
