using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Spiffe.Wire.Workload;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests;

public sealed class WorkloadApiClientTests : IAsyncLifetime
{
    private readonly TestDomain _domain = new();
    private FakeWorkloadApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await FakeWorkloadApi.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _domain.Dispose();
    }

    // The fake refuses a call without `workload.spiffe.io: true`, so that an answer is the proof.
    [Fact]
    public async Task Every_call_carries_the_security_header()
    {
        using var tokens = new TestTokens();
        _api.X509Svids.Set(_domain.Response("/web"));
        _api.X509Bundles.Set(new X509BundlesResponse { Bundles = { ["spiffe://example.org"] = _domain.Bundle } });
        _api.JwtBundles.Set(new JWTBundlesResponse { Bundles = { ["spiffe://example.org"] = tokens.Document } });
        _api.FetchJwt = request => Task.FromResult(new JWTSVIDResponse
        {
            Svids =
            {
                tokens.Entry("spiffe://example.org/web", request.Audience, TimeSpan.FromMinutes(5), "x"),
                tokens.Entry("spiffe://example.org/same-hint", request.Audience, TimeSpan.FromMinutes(5), "x"),
                tokens.Entry("spiffe://example.org/api", request.Audience, TimeSpan.FromMinutes(5)),
            },
        });
        _api.ValidateJwt = _ => new ValidateJWTSVIDResponse { SpiffeId = "spiffe://example.org/web" };
        using var client = new WorkloadApiClient(Options());

        Assert.Equal("spiffe://example.org/web", (await client.FetchX509Async(default)).Default.Id.ToString());
        Assert.Single((await client.FetchX509BundlesAsync(default)).Bundles);
        Assert.Single(await client.FetchJwtBundlesAsync(default));
        Assert.Equal(
            ["spiffe://example.org/web", "spiffe://example.org/api"],
            (await client.FetchJwtSvidsAsync(["a"], null, default)).Select(one => one.Svid.Id.ToString()));
        Assert.Equal("{ }", System.Text.Encoding.UTF8.GetString((await client.ValidateJwtSvidAsync("t", "a", default)).Claims.Span));
        Assert.Equal(5, _api.Calls.Distinct().Count());
        Assert.Equal(_api.Address, client.Address.ToString());
    }

    [Fact]
    public async Task A_single_fetch_makes_no_second_attempt()
    {
        _api.Refuse = _ => new Status(StatusCode.PermissionDenied, "no identity issued");
        using var client = new WorkloadApiClient(Options());
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => client.FetchX509Async(default));
        Assert.Equal("PermissionDenied: no identity issued", e.Failure.ToString());
        Assert.Equal(1, _api.CallsOf("FetchX509SVID"));
    }

    [Fact]
    public async Task A_watch_tells_of_failures_and_of_when_the_next_attempt_is()
    {
        var refusals = 1;
        _api.Refuse = _ => Interlocked.Decrement(ref refusals) >= 0 ? new Status(StatusCode.Unavailable, "starting") : null;
        _api.X509Svids.Set(_domain.Response("/web"));
        using var client = new WorkloadApiClient(Options());
        var events = new List<WatchEvent<X509Context>>();
        await foreach (var happened in client.WatchX509Async(default))
        {
            events.Add(happened);
            if (happened is WatchEvent<X509Context>.Received)
            {
                break;
            }
        }

        var failed = Assert.IsType<WatchEvent<X509Context>.Failed>(events[0]);
        Assert.Equal(WorkloadApiFailureReason.Unavailable, failed.Failure.Reason);
        Assert.InRange(failed.RetryAfter!.Value, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(20));
        Assert.Equal(2, events.Count);
    }

    [Fact]
    public async Task After_each_success_waits_begin_anew()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        _api.EndAfter = 1;
        using var client = new WorkloadApiClient(Options());
        var waits = new List<TimeSpan>();
        await foreach (var happened in client.WatchX509Async(default))
        {
            if (happened is WatchEvent<X509Context>.Failed(_, { } wait))
            {
                waits.Add(wait);
            }

            if (waits.Count == 6)
            {
                break;
            }
        }

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task A_watch_ends_after_a_failure_that_will_not_pass()
    {
        _api.Refuse = _ => new Status(StatusCode.Unimplemented, "no X.509");
        using var client = new WorkloadApiClient(Options());
        var events = new List<WatchEvent<X509Context>>();
        await foreach (var happened in client.WatchX509Async(default))
        {
            events.Add(happened);
        }

        Assert.Null(Assert.IsType<WatchEvent<X509Context>.Failed>(Assert.Single(events)).RetryAfter);
    }

    [Fact]
    public async Task A_watch_ends_when_it_is_cancelled()
    {
        _api.X509Svids.Set(_domain.Response("/web"));
        using var client = new WorkloadApiClient(Options());
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.WatchX509Async(cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Who_accepts_and_says_nothing_is_waited_for_no_longer_than_asked()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var client = new WorkloadApiClient(new WorkloadApiOptions
        {
            Address = $"tcp://{silent.LocalEndpoint}",
            CallTimeout = TimeSpan.FromMilliseconds(200),
        });
        Assert.Equal(WorkloadApiFailureReason.TimedOut, (await Assert.ThrowsAsync<WorkloadApiException>(() => client.FetchX509Async(default))).Failure.Reason);
        Assert.Equal(
            WorkloadApiFailureReason.TimedOut,
            (await Assert.ThrowsAsync<WorkloadApiException>(() => client.ValidateJwtSvidAsync("t", "a", default))).Failure.Reason);
    }

    [Fact]
    public async Task Who_speaks_something_else_is_no_workload_api()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var speaking = Task.Run(async () =>
        {
            using var peer = await listener.AcceptTcpClientAsync();
            await peer.GetStream().ReadExactlyAsync(new byte[24]); // the preface
            await peer.GetStream().WriteAsync("SSH-2.0-OpenSSH_9.2\r\nHTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        });
        using var client = new WorkloadApiClient(new WorkloadApiOptions { Address = $"tcp://{listener.LocalEndpoint}" });
        var e = await Assert.ThrowsAsync<WorkloadApiException>(() => client.FetchX509Async(default));
        Assert.True(e.Failure.MayPass);
        await speaking;
    }

    private WorkloadApiOptions Options() => new()
    {
        Address = _api.Address,
        FirstRetryDelay = TimeSpan.FromMilliseconds(20),
        MaxRetryDelay = TimeSpan.FromMilliseconds(200),
    };
}
