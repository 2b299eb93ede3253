using System.Net;
using System.Net.Http;
using Grpc.Core;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Xunit;

namespace Grpc.Tests.AspNetCore.Server;

/// <summary>Listeners, TLS, peers and shutdown.</summary>
public sealed class TransportTests
{
    [Theory]
    [InlineData(Transport.H2c, "ipv[46]:.*:[0-9]+")]
    [InlineData(Transport.Tls, "ipv[46]:.*:[0-9]+")]
    [InlineData(Transport.UnixSocket, "unix:")]
    public async Task The_peer_is_named_by_its_transport(Transport transport, string pattern)
    {
        await using var host = await GrpcHost.StartAsync(transport);
        string? peer = null;
        host.Journal.Handler = (_, context) =>
        {
            peer = context.Peer;
            return Task.FromResult(new SimpleResponse());
        };
        await new Prober.ProberClient(host.Channel()).CallAsync(new SimpleRequest());

        Assert.Matches($"^{pattern}$", peer);
    }

    [Fact]
    public async Task A_client_certificate_is_the_peers_identity()
    {
        await using var host = await GrpcHost.StartAsync(Transport.Tls);
        AuthContext? seen = null;
        host.Journal.Handler = (_, context) =>
        {
            seen = context.AuthContext;
            return Task.FromResult(new SimpleResponse());
        };
        var handler = host.Handler();
        handler.SslOptions.ClientCertificates = [TestCertificates.Client];
        await new Prober.ProberClient(host.Channel(handler: handler)).CallAsync(new SimpleRequest());

        Assert.True(seen!.IsPeerAuthenticated);
        Assert.Equal("x509_subject_alternative_name", seen.PeerIdentityPropertyName);
        Assert.Equal(["client.test", "spiffe://test/ns/a/sa/b"], seen.PeerIdentity.Select(property => property.Value));
        Assert.Equal(["client"], seen.FindPropertiesByName("x509_common_name").Select(property => property.Value));
    }

    [Fact]
    public async Task Without_a_client_certificate_the_peer_has_no_identity()
    {
        await using var host = await GrpcHost.StartAsync(Transport.Tls);
        AuthContext? seen = null;
        host.Journal.Handler = (_, context) =>
        {
            seen = context.AuthContext;
            return Task.FromResult(new SimpleResponse());
        };
        await new Prober.ProberClient(host.Channel()).CallAsync(new SimpleRequest());

        Assert.False(seen!.IsPeerAuthenticated);
        Assert.Empty(seen.PeerIdentity);
        Assert.Empty(seen.Properties);
    }

    [Fact]
    public async Task Http_1_is_told_to_upgrade()
    {
        await using var host = await GrpcHost.StartAsync(Transport.Tls);
        var call = new RawCall { Version = HttpVersion.Version11 };

        Assert.Equal(426, (await call.SendAsync(host.Http(), host.Address)).HttpStatus);
    }

    // Envoy says `:scheme http` on TLS connections of its own: hosts of this layer must set AllowAlternateSchemes.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_scheme_http_over_tls_is_served_only_if_the_host_allows_alternate_schemes(bool allowed)
    {
        await using var host = await GrpcHost.StartAsync(Transport.Tls, kestrel: options => options.AllowAlternateSchemes = allowed);
        var address = new Uri($"http://localhost:{host.Address.Port}");
        var send = () => new RawCall().SendAsync(host.HttpWithWrongScheme(), address);

        if (allowed)
        {
            Assert.Equal(0, (await send()).Status);
        }
        else
        {
            var reset = await Assert.ThrowsAsync<HttpRequestException>(send);
            Assert.Equal(1, Assert.IsType<HttpProtocolException>(reset.InnerException).ErrorCode);
        }
    }

    [Theory]
    [InlineData(Transport.H2c)]
    [InlineData(Transport.Tls)]
    [InlineData(Transport.UnixSocket)]
    public async Task On_shutdown_calls_under_way_finish_and_new_ones_are_refused(Transport transport)
    {
        await using var host = await GrpcHost.StartAsync(transport);
        var release = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        host.Journal.Handler = async (_, _) =>
        {
            started.TrySetResult();
            await release.Task;
            return new SimpleResponse { Username = "finished" };
        };
        var client = new Prober.ProberClient(host.Channel());
        var underWay = client.CallAsync(new SimpleRequest());
        await started.Task;

        var stopping = host.StopAsync();
        var refused = await RefusedAsync(client);
        Assert.False(stopping.IsCompleted);
        release.SetResult();

        Assert.Equal("finished", (await underWay).Username);
        await stopping;
        Assert.Equal(StatusCode.Unavailable, refused);
    }

    // The listener closes a moment after stopping began: a call that still got in simply finishes with the others.
    private static async Task<StatusCode> RefusedAsync(Prober.ProberClient client)
    {
        while (true)
        {
            var call = client.CallAsync(new SimpleRequest());
            if (await Task.WhenAny(call.ResponseAsync, Task.Delay(100)) == call.ResponseAsync)
            {
                return (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode;
            }
        }
    }
}
