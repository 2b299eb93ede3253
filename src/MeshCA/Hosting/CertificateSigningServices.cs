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
            services.GetRequiredService<ILogger<RequestSigner>>());

        // The API knows one name in a selector; several are told apart by the planner.
        var query = settings.SignerNames is { Count: 1 } names ? new() { FieldSelector = $"spec.signerName={names.Single()}" } : ListQuery.All;
        return new SigningWorker(
            cluster.Informer<V1CertificateSigningRequest>(query), signer, services.MaySign(), clock, services.GetRequiredService<ILogger<SigningWorker>>());
    }

    private static SigningSettings SettingsOf(IServiceProvider services, Cluster cluster)
    {
        var kubernetes = services.GetRequiredService<IOptions<KubernetesOptions>>().Value;
        var options = kubernetes.CertificateSigning;
        var rules = kubernetes.Clusters.Single(configured => configured.Id == cluster.Id);
        return new()
        {
            SignerNames = options.SignerNames.ToHashSet(StringComparer.Ordinal),
            Cluster = cluster.Id,
            TrustDomain = rules.TrustDomain is { } name ? TrustDomain.Parse(name) : services.GetRequiredService<TrustDomain>(),
            Namespaces = rules.Namespaces.ToHashSet(StringComparer.Ordinal),
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
