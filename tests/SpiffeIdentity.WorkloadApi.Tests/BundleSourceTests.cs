using Grpc.Core;
using Microsoft.Extensions.Logging;
using Spiffe.Wire.Workload;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests;

public sealed class BundleSourceTests : IAsyncLifetime
{
    private readonly TestDomain _domain = new();
    private readonly TestDomain _partner = new("partner.test");
    private readonly TestTokens _tokens = new();
    private FakeWorkloadApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeWorkloadApi.StartAsync();
        _api.X509Bundles.Set(new X509BundlesResponse
        {
            Bundles = { ["spiffe://example.org"] = _domain.Bundle, ["spiffe://partner.test"] = _partner.Bundle },
            Crl = { _domain.RevocationList([1, 2]) },
        });
        _api.JwtBundles.Set(new JWTBundlesResponse { Bundles = { ["spiffe://example.org"] = _tokens.Document } });
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _domain.Dispose();
        _partner.Dispose();
        _tokens.Dispose();
    }

    [Fact]
    public async Task Both_kinds_of_a_trust_domain_are_one_bundle()
    {
        await using var source = await BundleSource.CreateAsync(Options());
        Assert.True(source.Bundles.TryGet(TrustDomain.Parse("example.org"), out var own));
        Assert.Single(own.X509.Authorities);
        Assert.Single(own.Jwt.Authorities);
        Assert.True(source.Bundles.TryGet(TrustDomain.Parse("partner.test"), out var partner));
        Assert.Single(partner.X509.Authorities);
        Assert.Empty(partner.Jwt.Authorities);
        Assert.Equal(1, source.Revocations.Count);
        Assert.Same(source.Bundles, source.Bundles);
        Assert.Null(source.LastFailure);
    }

    [Fact]
    public async Task A_trust_domain_that_a_message_lacks_is_gone()
    {
        await using var source = await BundleSource.CreateAsync(Options());
        Assert.True(source.Bundles.TryGet(TrustDomain.Parse("partner.test"), out _));
        await ChangeAsync(source, () => _api.X509Bundles.Set(new X509BundlesResponse { Bundles = { ["spiffe://example.org"] = _domain.Bundle } }));
        Assert.False(source.Bundles.TryGet(TrustDomain.Parse("partner.test"), out _));
        Assert.Equal(0, source.Revocations.Count);
    }

    [Fact]
    public async Task A_server_may_offer_one_kind_only()
    {
        _api.Refuse = method => method == "FetchJWTBundles" ? new Status(StatusCode.Unimplemented, "no JWT") : null;
        await using var source = await BundleSource.CreateAsync(Options());
        Assert.True(source.Bundles.TryGet(TrustDomain.Parse("example.org"), out var own));
        Assert.Empty(own.Jwt.Authorities);
    }

    [Fact]
    public async Task A_server_that_offers_neither_is_of_no_use()
    {
        _api.Refuse = _ => new Status(StatusCode.Unimplemented, "nothing");
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => BundleSource.CreateAsync(Options()));
        Assert.Equal(WorkloadApiFailureReason.Unimplemented, e.Failure.Reason);
    }

    [Theory]
    [InlineData("FetchX509Bundles")]
    [InlineData("FetchJWTBundles")]
    public async Task A_refused_request_is_surfaced(string refused)
    {
        _api.Refuse = method => method == refused ? new Status(StatusCode.InvalidArgument, "no") : null;
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => BundleSource.CreateAsync(Options()));
        Assert.Equal(WorkloadApiFailureReason.InvalidArgument, e.Failure.Reason);
    }

    [Fact]
    public async Task News_of_jwt_bundles_alone_are_announced_and_seen()
    {
        await using var source = await BundleSource.CreateAsync(Options());
        Assert.Single(source.Bundles.Single(bundle => bundle.TrustDomain.Name == "example.org").Jwt.Authorities);
        await ChangeAsync(source, () => _api.JwtBundles.Set(new JWTBundlesResponse()));
        Assert.Empty(source.Bundles.Single(bundle => bundle.TrustDomain.Name == "example.org").Jwt.Authorities);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_of_either_kind_that_is_refused_is_told(bool isJwt)
    {
        await using var source = await BundleSource.CreateAsync(Options());
        var before = source.Bundles;
        var nonsense = Google.Protobuf.ByteString.CopyFromUtf8("nonsense");
        if (isJwt)
        {
            _api.JwtBundles.Set(new JWTBundlesResponse { Bundles = { ["spiffe://example.org"] = nonsense } });
        }
        else
        {
            _api.X509Bundles.Set(new X509BundlesResponse { Bundles = { ["no ID"] = nonsense } });
        }

        await Eventually.HoldsAsync(() => source.LastFailure?.Reason == WorkloadApiFailureReason.MalformedMessage);
        Assert.Same(before, source.Bundles);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_a_source_that_is_gone_is_left_at_the_api(bool isRefused)
    {
        var log = new RecordingLogger();
        if (isRefused)
        {
            _api.Refuse = method => method == "FetchJWTBundles" ? new Status(StatusCode.InvalidArgument, "no") : null;
            await Assert.ThrowsAsync<WorkloadApiException>(() => BundleSource.CreateAsync(Options()));
        }
        else
        {
            var source = await BundleSource.CreateAsync(Options(log));
            await source.DisposeAsync();
            await source.DisposeAsync();
        }

        await Eventually.HoldsAsync(() => _api.Connections == 0);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    // Java's client takes an empty map for an error.
    [Fact]
    public async Task No_bundle_at_all_is_a_state_too()
    {
        _api.X509Bundles.Set(new X509BundlesResponse());
        _api.JwtBundles.Set(new JWTBundlesResponse());
        await using var source = await BundleSource.CreateAsync(Options());
        Assert.Empty(source.Bundles);
    }

    private static async Task ChangeAsync(BundleSource source, Action change)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.GetChangeToken().RegisterChangeCallback(_ => changed.TrySetResult(), null);
        change();
        await changed.Task;
    }

    private WorkloadApiOptions Options(RecordingLogger? log = null) => new()
    {
        LoggerFactory = log ?? new RecordingLogger(),
        Address = _api.Address,
        FirstRetryDelay = TimeSpan.FromMilliseconds(20),
        MaxRetryDelay = TimeSpan.FromMilliseconds(200),
    };
}
