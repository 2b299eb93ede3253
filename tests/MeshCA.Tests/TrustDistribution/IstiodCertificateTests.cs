using System.Security.Cryptography.X509Certificates;
using System.Text;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.Authorities;
using MeshCA.Clusters;
using MeshCA.Issuance;
using MeshCA.Serving;
using MeshCA.TrustDistribution;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.TrustDistribution;

/// <summary>istio-ca §4.6 and §6.7 item 3.</summary>
public sealed class IstiodCertificateTests : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(2);
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly RecordingLogger _log = new();
    private readonly AuthorityRotator _rotator;
    private FakeApiServer? _server;
    private KubernetesApi? _api;

    public IstiodCertificateTests() => _rotator = new(_store, MeshAuthority.Settings, _clock, NullLogger<AuthorityRotator>.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync(Token);
        _api = _server.CreateClient();
        await _rotator.AdvanceAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        _rotator.Dispose();
        _api!.Dispose();
        await _server!.DisposeAsync();
    }

    [Fact]
    public void The_names_are_those_that_istiod_would_take()
    {
        Assert.Equal(
            ["istio-pilot.istio-system.svc", "istiod-canary.istio-system.svc", "istiod-remote.istio-system.svc", "istiod.example.org", "istiod.istio-system.svc"],
            IstiodNames.Of("istio-system", "canary", ["istiod.example.org", "istiod.istio-system.svc"]));
        Assert.DoesNotContain("istiod-default.istio-system.svc", IstiodNames.Of("istio-system", "default", []));
    }

    [Fact]
    public async Task The_secret_has_chain_key_and_roots_and_the_certificate_is_on_record()
    {
        Assert.True(await AdvanceAsync());
        var secret = Secret();
        Assert.Equal("kubernetes.io/tls", secret.Type);
        Assert.Equal(_rotator.Current!.BundlePem, Encoding.UTF8.GetString(secret.Data!["ca.crt"]));

        using var leaf = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(secret.Data["tls.crt"]), Encoding.UTF8.GetString(secret.Data["tls.key"]));
        Assert.True(leaf.MatchesHostname("istiod.istio-system.svc"));
        var record = Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Serving);
        Assert.Equal(leaf.NotAfter.ToUniversalTime(), record.NotAfter.UtcDateTime);
    }

    [Fact]
    public async Task It_is_left_alone_until_half_its_life_is_over()
    {
        await AdvanceAsync();
        var first = Secret().Data!["tls.crt"];
        _clock.Advance((Lifetime / 2) - TimeSpan.FromMinutes(5));
        await AdvanceAsync();
        Assert.Equal(first, Secret().Data!["tls.crt"]);

        _clock.Advance(TimeSpan.FromMinutes(10));
        await AdvanceAsync();
        Assert.NotEqual(first, Secret().Data!["tls.crt"]);
    }

    public static TheoryData<string> Edits() => ["tls.crt", "tls.key", "ca.crt"];

    [Theory]
    [MemberData(nameof(Edits))]
    public async Task What_was_edited_is_made_anew(string key)
    {
        await AdvanceAsync();
        var secret = Secret();
        var data = secret.Data!.ToDictionary(pair => pair.Key, pair => pair.Key == key ? Encoding.UTF8.GetBytes("edited") : pair.Value);
        _server!.Put(secret with { Data = data });
        await AdvanceAsync();
        Assert.True(IstiodCertificate.IsCurrent(Secret(), _rotator.Current!, Names, _clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_change_of_the_authorities_above_it_makes_it_anew()
    {
        await AdvanceAsync();
        var first = Secret().Data!["tls.crt"];
        _clock.Advance(TimeSpan.FromDays(16)); // half of an intermediate's life
        await _rotator.AdvanceAsync(Token);
        await AdvanceAsync();
        Assert.NotEqual(first, Secret().Data!["tls.crt"]);
        Assert.True(IstiodCertificate.IsCurrent(Secret(), _rotator.Current!, Names, _clock.GetUtcNow()));
    }

    [Fact]
    public async Task Other_names_make_it_anew()
    {
        await AdvanceAsync();
        Assert.False(IstiodCertificate.IsCurrent(Secret(), _rotator.Current!, [.. Names, "more.example.org"], _clock.GetUtcNow()));
    }

    [Fact]
    public async Task What_is_not_on_record_is_not_written()
    {
        _store.Fails = true;
        Assert.False(await AdvanceAsync());
        Assert.Null(_server!.Find<V1Secret>("istiod-tls", "istio-system"));
    }

    [Fact]
    public async Task A_server_that_refuses_is_told_once()
    {
        _server!.Fault = _ => new FakeApiFault.Error(403, "Forbidden");
        Assert.False(await AdvanceAsync(Certificate()));
        var certificate = Certificate();
        await AdvanceAsync(certificate);
        await AdvanceAsync(certificate);
        Assert.Equal(2, _log.Entries.Count(entry => entry.EventId == 9131));
    }

    [Fact]
    public async Task One_that_cannot_be_written_is_written_later_and_no_other_is_made()
    {
        _server!.Fault = request => request.Method == "GET" ? null : new FakeApiFault.Error(403, "Forbidden");
        var certificate = Certificate();
        for (var i = 0; i < 5; i++)
        {
            Assert.False(await AdvanceAsync(certificate));
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        _server.Fault = null;
        Assert.True(await AdvanceAsync(certificate));
        Assert.True(IstiodCertificate.IsCurrent(Secret(), _rotator.Current!, Names, _clock.GetUtcNow()));
        Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Serving);
    }

    [Fact]
    public async Task Somebody_who_writes_it_too_does_not_fill_the_journal_and_is_left_alone_for_a_while()
    {
        var certificate = Certificate();
        var writes = 0;
        for (var i = 0; i < 30; i++)
        {
            writes += await AdvanceAsync(certificate) ? 1 : 0;
            _server!.Put(Secret() with { Data = new Dictionary<string, byte[]> { ["tls.crt"] = [1], ["tls.key"] = [2], ["ca.crt"] = [3] } });
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.InRange(writes, 5, 12);
        Assert.Single(_store.Journal, record => record.Kind == CertificateKind.Serving);
        Assert.Contains(_log.Entries, entry => entry.EventId == 9131 && entry.Message.Contains("somebody else", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_is_not_the_certificates_is_replaced()
    {
        await AdvanceAsync();
        var first = Secret().Data!["tls.key"];
        _server!.Remove<V1Secret>("istiod-tls", "istio-system");
        await AdvanceAsync();
        var secret = Secret();
        _server.Put(secret with { Data = new Dictionary<string, byte[]>(secret.Data!) { ["tls.key"] = first } });
        Assert.False(IstiodCertificate.IsCurrent(Secret(), _rotator.Current!, Names, _clock.GetUtcNow()));
    }

    private static IReadOnlyList<string> Names => IstiodNames.Of("istio-system", "", []);

    private V1Secret Secret() => _server!.Find<V1Secret>("istiod-tls", "istio-system")!;

    private IstiodCertificate Certificate() => new(
        _api!,
        ObjectName.Parse("istio-system/istiod-tls"),
        Names,
        Lifetime,
        new ServingIssuer(_store, TimeSpan.FromMinutes(2), _clock),
        _clock,
        _log);

    private Task<bool> AdvanceAsync() => AdvanceAsync(Certificate());

    private Task<bool> AdvanceAsync(IstiodCertificate certificate) => certificate.AdvanceAsync(_rotator.Current!, Token);
}
