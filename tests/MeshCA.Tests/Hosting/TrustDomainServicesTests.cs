using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Registration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Hosting;

public sealed class TrustDomainServicesTests : IDisposable
{
    private readonly RecordingLogger _logger = new();

    public void Dispose() => _logger.Dispose();

    [Fact]
    public void Clusters_and_issuers_add_theirs_and_the_start_warns_of_it()
    {
        using var services = Services(
            new KubernetesOptions { Clusters = [new() { Id = "home" }, new() { Id = "west", TrustDomain = "west.example" }] },
            new AuthenticationOptions { Issuers = [new() { Name = "vm", ClusterId = "vm", TrustDomain = "vm.example" }, new() { Name = "ci", ClusterId = "ci" }] });
        var domains = services.GetRequiredService<PermittedTrustDomains>();
        Assert.Equal(("mesh.example", "west.example vm.example"), (domains.Own.Name, string.Join(' ', domains.Others)));
        foreach (var (cluster, domain) in ((string, string)[])[("home", "mesh.example"), ("west", "west.example"), ("vm", "vm.example"), ("ci", "mesh.example")])
        {
            foreach (var other in domains.Others.Append(domains.Own))
            {
                var caller = MeshAuthority.Caller($"spiffe://{other}/ns/a/sa/b", DateTimeOffset.UnixEpoch);
                Assert.Equal(other.Name == domain, domains.Permit(caller with { Evidence = caller.Evidence with { Cluster = cluster } }));
            }
        }

        services.AnnounceTrustDomains();
        var entry = Assert.Single(_logger.Entries);
        Assert.Equal((LogLevel.Warning, 8450), (entry.Level, entry.EventId));
        Assert.Contains("west.example, vm.example", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_trust_domain_is_nothing_to_warn_of()
    {
        using var services = Services(new KubernetesOptions { Clusters = [new() { TrustDomain = "mesh.example" }] }, new AuthenticationOptions());
        services.AnnounceTrustDomains();
        Assert.Empty(_logger.Entries);
        Assert.Equal(TrustDomain.Parse("mesh.example"), services.GetRequiredService<TrustDomain>());
    }

    private ServiceProvider Services(KubernetesOptions kubernetes, AuthenticationOptions authentication)
    {
        var services = new ServiceCollection();
        services.AddSingleton(Options.Create(new MeshOptions { TrustDomain = "mesh.example" }));
        services.AddSingleton(Options.Create(kubernetes));
        services.AddSingleton(Options.Create(authentication));
        services.AddSingleton<ILoggerFactory>(_logger);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddTrustDomains();
        return services.BuildServiceProvider();
    }
}
