using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Configuration;
using MeshCA.Rpc;
using MeshCA.Tests.Rpc.Bundles;
using MeshCA.Tests.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc;

public sealed class AdmissionMiddlewareTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly TaskCompletionSource _work = new();
    private readonly Admission _admission = new(new LimitsOptions { MaxConcurrentRequests = 1 });
    private readonly PublishedRoots _roots = new();
    private readonly RefusalAudit _audit;

    public AdmissionMiddlewareTests() => _audit = new RefusalAudit(_store, _clock);

    public void Dispose()
    {
        _audit.Dispose();
        _admission.Dispose();
        _roots.Dispose();
    }

    [Fact]
    public async Task A_call_is_cut_off_at_the_limit_and_not_before()
    {
        var call = new Call(CertificateService.Path);
        var running = RunAsync(call);
        _clock.Advance(AdmissionMiddleware.LongestCall - TimeSpan.FromTicks(1));
        Assert.False(call.IsAborted);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(call.IsAborted);
        Assert.StartsWith("TooSlow, from ", Assert.Single(_store.Audit).Detail, StringComparison.Ordinal);
        _work.SetResult();
        await running;
    }

    [Fact]
    public async Task A_call_that_ended_in_time_is_not_cut_off_later()
    {
        var call = new Call(CertificateService.Path);
        var running = RunAsync(call);
        _work.SetResult();
        await running;
        Assert.Equal(0, _clock.TimerCount);
        _clock.Advance(AdmissionMiddleware.LongestCall);
        Assert.False(call.IsAborted);
    }

    [Fact]
    public async Task A_place_is_kept_until_the_work_ends_and_given_back_however_it_ends()
    {
        var running = RunAsync(new Call(CertificateService.Path));
        _clock.Advance(AdmissionMiddleware.LongestCall);

        // Cut off, and still in memory: to let another in now would be one more than the limit.
        var shed = new Call(CertificateService.Path);
        await RunAsync(shed);
        Assert.Equal("8", shed.Context.Response.Headers["grpc-status"]);

        _work.SetException(new System.IO.IOException("test"));
        await Assert.ThrowsAsync<System.IO.IOException>(() => running);
        using var place = _admission.Enter(_ => 1, 0);
        Assert.True(place.IsAcquired);
    }

    [Fact]
    public async Task Other_paths_take_no_place_and_have_no_limit()
    {
        var call = new Call("/grpc.health.v1.Health/Check");
        var running = RunAsync(call);
        using (var place = _admission.Enter(_ => 1, 0))
        {
            Assert.True(place.IsAcquired);
        }

        Assert.Equal(0, _clock.TimerCount);
        _work.SetResult();
        await running;
    }

    [Fact]
    public async Task A_verified_certificate_near_its_end_finds_a_place_where_others_find_none()
    {
        using var admission = new Admission(new LimitsOptions { MaxConcurrentRequests = 10, ExpiryReserve = 0.5 });
        var places = Enumerable.Range(0, 5).Select(_ => admission.Enter(_ => 1, 0)).ToList();
        var now = _clock.GetUtcNow();
        Assert.Equal("8", await StatusAsync(null));
        Assert.Equal("8", await StatusAsync(Certificate(now, now.AddHours(10))));
        Assert.Equal("8", await StatusAsync(Certificate(now.AddHours(-10), now.AddSeconds(-1))));
        Assert.Equal("", await StatusAsync(Certificate(now.AddHours(-6), now.AddHours(4))));

        // The more places are taken, the nearer to its end a certificate must be.
        places.AddRange(Enumerable.Range(0, 4).Select(_ => admission.Enter(_ => 0, 0)));
        Assert.Equal("8", await StatusAsync(Certificate(now.AddHours(-6), now.AddHours(4))));
        Assert.Equal("", await StatusAsync(Certificate(now.AddHours(-10), now.AddSeconds(1))));
        Assert.All(places, place => Assert.True(place.IsAcquired));

        async Task<string> StatusAsync(X509Certificate2? certificate)
        {
            using (certificate)
            {
                var call = new Call(CertificateService.Path);
                call.Context.Connection.ClientCertificate = certificate;

                // A claim of one's own buys nothing.
                call.Context.Request.Headers["x-certificate-not-after"] = "2026-01-01T00:00:01Z";
                await new AdmissionMiddleware(_ => Task.CompletedTask, admission, _roots, _audit, TokenSetup.Metrics, _clock).InvokeAsync(call.Context);
                return call.Context.Response.Headers["grpc-status"].ToString();
            }
        }
    }

    [Fact]
    public void Certificates_under_a_compromised_key_go_first_the_newest_of_them_before_all()
    {
        using var admission = new Admission(new LimitsOptions { MaxConcurrentRequests = 20, ExpiryReserve = 0.5 });
        byte[] key = [0xab, 1, 2, 3];
        _roots.Add(1, "ab010203");
        var now = _clock.GetUtcNow();
        var places = Enumerable.Range(0, 10).Select(_ => admission.Enter(_ => 1, 0)).ToList();
        places.AddRange(Enumerable.Range(0, 9).Select(_ => admission.Enter(_ => 0, 0)));
        Assert.All(places, place => Assert.True(place.IsAcquired));

        // One place is left: for what cannot wait at all.
        Assert.False(Enters(now.AddHours(-5), now.AddHours(5), null));
        Assert.False(Enters(now.AddHours(-5), now.AddHours(5), [0xab, 1, 2, 4]));
        Assert.False(Enters(now.AddHours(-9), now.AddHours(1), key));
        Assert.True(Enters(now.AddSeconds(-1), now.AddHours(10), key));
        Assert.False(Enters(now.AddHours(-10), now.AddSeconds(-1), key));

        bool Enters(DateTimeOffset notBefore, DateTimeOffset notAfter, byte[]? issuer)
        {
            using var certificate = Certificate(notBefore, notAfter, issuer);
            var call = new Call(CertificateService.Path);
            call.Context.Connection.ClientCertificate = certificate;
            var run = new AdmissionMiddleware(_ => Task.CompletedTask, admission, _roots, _audit, TokenSetup.Metrics, _clock).InvokeAsync(call.Context);
            Assert.True(run.IsCompletedSuccessfully);
            return call.Context.Response.Headers["grpc-status"].Count == 0;
        }
    }

    private static X509Certificate2 Certificate(DateTimeOffset notBefore, DateTimeOffset notAfter, byte[]? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        if (issuer is not null)
        {
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuer));
        }

        return request.CreateSelfSigned(notBefore, notAfter);
    }

    private Task RunAsync(Call call) =>
        new AdmissionMiddleware(_ => _work.Task, _admission, _roots, _audit, TokenSetup.Metrics, _clock).InvokeAsync(call.Context);

    private sealed class Call : IHttpRequestLifetimeFeature
    {
        public Call(string path)
        {
            Context.Features.Set<IHttpRequestLifetimeFeature>(this);
            Context.Request.Path = path;
        }

        public DefaultHttpContext Context { get; } = new();

        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }
}
