using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Spiffe.Wire.Workload;
using SpiffeIdentity.WorkloadApi.Tests.Fakes;
using SpiffeIdentity.WorkloadApi.Tls;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Tls;

public sealed class SpiffeHttpTests : IAsyncLifetime
{
    private static readonly SpiffeIdMatcher Client = SpiffeIdMatcher.Exactly(SpiffeId.Parse("spiffe://example.org/client"));
    private static readonly SpiffeIdMatcher Server = SpiffeIdMatcher.Exactly(SpiffeId.Parse("spiffe://example.org/server"));

    private readonly Mesh _mesh = new();

    public async ValueTask InitializeAsync()
    {
        await _mesh.AddAsync("/server");
        await _mesh.AddAsync("/client");
    }

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Theory]
    [InlineData("1.1", HttpProtocols.Http1AndHttp2, "HTTP/1.1")]
    [InlineData("1.1", HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData("2.0", HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData("2.0", HttpProtocols.Http2, "HTTP/2")]
    [InlineData("2.0", HttpProtocols.Http1, "HTTP/1.1")]
    public async Task Both_sides_know_each_other_by_every_protocol(string version, HttpProtocols protocols, string spoken)
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Client, protocols: protocols);
        using var http = CreateClient(Server);
        http.DefaultRequestVersion = Version.Parse(version);
        var answer = await http.GetStringAsync(server.Address);
        Assert.StartsWith("spiffe://example.org/client ", answer, StringComparison.Ordinal);
        Assert.EndsWith(" " + spoken, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_2_alone_is_spoken_where_it_is_asked_for_exactly()
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Client);
        using var http = CreateClient(Server);
        http.DefaultRequestVersion = HttpVersion.Version20;
        http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact; // as gRPC channels do
        Assert.EndsWith("HTTP/2", await http.GetStringAsync(server.Address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_another_id_is_refused_by_name()
    {
        await _mesh.AddAsync("/other");
        await using var server = await SpiffeServer.StartAsync(_mesh["/other"], Client);
        using var http = CreateClient(Server);
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(server.Address));
        Assert.Equal(HttpRequestError.SecureConnectionError, e.HttpRequestError);
        Assert.IsType<AuthenticationException>(e.InnerException);
        Assert.Contains("spiffe://example.org/other is not one of spiffe://example.org/server", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_with_another_id_is_refused()
    {
        await _mesh.AddAsync("/stranger");
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Client);
        using var http = new HttpClient(SpiffeHttp.CreateHandler(_mesh["/stranger"], Server));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(server.Address));
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_refused()
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], SpiffeIdMatcher.Any);
#pragma warning disable CA5359 // The client of this test trusts anybody; the server's view is what counts.
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
#pragma warning restore CA5359
        using var http = new HttpClient(handler);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(server.Address));
    }

    // Only the leaf's own trust domain speaks for it, and only where there is a bundle of it.
    [Fact]
    public async Task A_foreign_trust_domain_is_refused_until_it_is_federated()
    {
        using var foreign = new TestDomain("partner.test");
        await _mesh.AddAsync("/abroad", domain: foreign);
        await _mesh.RenewAsync("/abroad", response => response.FederatedBundles["spiffe://example.org"] = _mesh.Domain.Bundle, foreign);
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], SpiffeIdMatcher.Any);
        using var http = new HttpClient(SpiffeHttp.CreateHandler(_mesh["/abroad"], Server));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(server.Address));

        _mesh.Federated = () => [foreign];
        await _mesh.RenewAsync("/server");
        Assert.StartsWith("spiffe://partner.test/abroad ", await http.GetStringAsync(server.Address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_client_is_refused_on_its_next_connection()
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Client);
        using var before = CreateClient(Server);
        await before.GetStringAsync(server.Address);

        var serial = _mesh["/client"].GetCredential().Certificate.SerialNumberBytes.ToArray();
        var list = _mesh.Domain.RevocationList(serial);
        await _mesh.RenewAsync("/server", response => response.Crl.Add(list));

        using var after = CreateClient(Server);
        await Assert.ThrowsAsync<HttpRequestException>(() => after.GetStringAsync(server.Address));
        await _mesh.RenewAsync("/client");
        Assert.NotEmpty(await after.GetStringAsync(server.Address));
    }

    [Fact]
    public async Task Plain_http_is_not_spoken()
    {
        using var http = CreateClient(Server);
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri("http://127.0.0.1:1/")));
        Assert.Contains("not https", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_svid_no_connection_is_made()
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Client);
        using var http = CreateClient(Server);
        await _mesh["/client"].DisposeAsync();
        var e = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(server.Address));
        Assert.IsType<SvidUnavailableException>(e.InnerException);
    }

    [Fact]
    public async Task A_server_without_an_svid_makes_no_connection()
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Client);
        await _mesh["/server"].DisposeAsync();
        using var http = CreateClient(Server);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(server.Address));
    }

    [Fact]
    public async Task A_connection_is_replaced_when_its_time_is_over()
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Client);
        using var http = CreateClient(Server, new SpiffeHttpOptions { ConnectionLifetime = TimeSpan.FromMilliseconds(1) });
        Assert.NotEqual(await ConnectionAsync(http, server), await ConnectionAsync(http, server));

        using var patient = CreateClient(Server);
        Assert.Equal(await ConnectionAsync(patient, server), await ConnectionAsync(patient, server));
    }

    [Fact]
    public void Impossible_times_are_refused_by_their_names()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            "ConnectionLifetime", () => SpiffeHttp.CreateHandler(_mesh["/client"], Server, new SpiffeHttpOptions { ConnectionLifetime = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(
            "ConnectTimeout", () => SpiffeHttp.CreateHandler(_mesh["/client"], Server, new SpiffeHttpOptions { ConnectTimeout = TimeSpan.Zero }));
    }

    [Fact]
    public void The_handler_keeps_the_times_that_it_is_given_and_takes_no_proxy()
    {
        using var handler = SpiffeHttp.CreateHandler(
            _mesh["/client"], Server, new SpiffeHttpOptions { ConnectionLifetime = TimeSpan.FromMinutes(3), ConnectTimeout = TimeSpan.FromSeconds(7) });
        Assert.Equal((TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(7)), (handler.PooledConnectionLifetime, handler.ConnectTimeout));
        Assert.False(handler.UseProxy);
        Assert.True(handler.EnableMultipleHttp2Connections);
    }

    // A handshake that fails must not leave its socket to the collector: a client that tries again and again would run out of them.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_handshake_that_fails_the_connection_is_closed(bool speaksTls)
    {
        await _mesh.AddAsync("/other");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var http = CreateClient(Server);
        var asking = http.GetStringAsync(new Uri($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        using var accepted = await listener.AcceptSocketAsync();
        await using var stream = new NetworkStream(accepted);
        string? name = null;
        if (speaksTls)
        {
            await using var tls = new SslStream(stream, leaveInnerStreamOpen: true);
            await Record.ExceptionAsync(() => tls.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    name = hello.ServerName;
                    return ValueTask.FromResult(SpiffeTls.CreateServerOptions(_mesh["/other"], Client));
                },
                null));
            Assert.Equal("localhost", name);
        }
        else
        {
            await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        await UntilEndAsync(stream);
    }

    private static async Task UntilEndAsync(NetworkStream stream)
    {
        try
        {
            var rest = new byte[1024];
            while (await stream.ReadAsync(rest) > 0)
            {
            }
        }
        catch (IOException)
        {
            // It was reset, which is an end too.
        }
    }

    // By HTTP/3 the handler connects by itself, and asks its own options whom to trust.
    [Fact]
    public void What_does_not_go_through_our_own_tls_trusts_nobody()
    {
        using var handler = SpiffeHttp.CreateHandler(_mesh["/client"], SpiffeIdMatcher.Any);
        Assert.False(handler.SslOptions.RemoteCertificateValidationCallback!(handler, null, null, SslPolicyErrors.None));
    }

    // An absent matcher must never mean `any` (SPIFFE-ID §1.4 of the notes).
    [Fact]
    public void There_is_no_handler_without_a_matcher() =>
        Assert.Throws<ArgumentNullException>(() => SpiffeHttp.CreateHandler(_mesh["/client"], null!));

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Leaves_and_roots_of_both_sides_rotate_under_traffic_and_no_request_fails(string version)
    {
        await using var server = await SpiffeServer.StartAsync(
            _mesh["/server"], Client, new SpiffeMtlsOptions { ConnectionLifetime = TimeSpan.FromMilliseconds(300) });
        using var http = CreateClient(Server, new SpiffeHttpOptions { ConnectionLifetime = TimeSpan.FromMilliseconds(100) });
        http.DefaultRequestVersion = Version.Parse(version);
        using var stop = new CancellationTokenSource();
        var answered = 0;
        var connections = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        var traffic = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                connections.TryAdd((await http.GetStringAsync(server.Address)).Split(' ')[1], true);
                using var body = new StringContent(new string('x', 1000));
                using var posted = await http.PostAsync(server.Address, body);
                Assert.Equal("spiffe://example.org/client 1000", await posted.Content.ReadAsStringAsync());
                Interlocked.Add(ref answered, 2);
            }
        })).ToArray();

        for (var rotation = 0; rotation < 5; rotation++)
        {
            // Publish, then sign with it, then withdraw: the other side always knows what it sees. The overlap is longer than a
            // handshake may take on a busy machine: a connection shows the SVID of the moment in which it begins.
            var next = _mesh.Domain.AddRoot();
            await RenewBothAsync();
            await AnsweredAsync(20);
            _mesh.Domain.Activate(next);
            await RenewBothAsync();
            await AnsweredAsync(20);
            if (rotation >= 2)
            {
                _mesh.Domain.RemoveOldestRoot();
                await RenewBothAsync();
                await AnsweredAsync(20);
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(traffic);
        Assert.True(connections.Count > 1, "every connection lived on");

        async Task RenewBothAsync()
        {
            await _mesh.RenewAsync("/server");
            await _mesh.RenewAsync("/client");
        }

        Task AnsweredAsync(int more)
        {
            var target = Volatile.Read(ref answered) + more;
            return Eventually.HoldsAsync(() => Volatile.Read(ref answered) >= target || traffic.Any(task => task.IsFaulted));
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_connection_that_exists_outlives_the_rotation_of_leaves_on_both_sides(string version)
    {
        await using var server = await SpiffeServer.StartAsync(_mesh["/server"], Client);
        using var http = CreateClient(Server);
        http.DefaultRequestVersion = Version.Parse(version);
        var connection = await ConnectionAsync(http, server);
        _mesh.Domain.Activate(_mesh.Domain.AddRoot()); // the old one is still in the bundle
        await _mesh.RenewAsync("/server");
        await _mesh.RenewAsync("/client");
        Assert.Equal(connection, await ConnectionAsync(http, server));
    }

    // With the application's own gRPC client, whose types have nothing to do with those inside the library.
    [Fact]
    public async Task A_grpc_stream_lives_through_the_rotation_of_both_sides_while_calls_go_on()
    {
        await using var fake = await FakeWorkloadApi.StartAsync();
        await using var server = await SpiffeServer.StartAsync(
            _mesh["/server"], Client, new SpiffeMtlsOptions { ConnectionLifetime = TimeSpan.FromMilliseconds(300) }, grpc: fake);
        using var channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions
        {
            HttpHandler = SpiffeHttp.CreateHandler(_mesh["/client"], Server, new SpiffeHttpOptions { ConnectionLifetime = TimeSpan.FromMilliseconds(100) }),
            DisposeHttpClient = true,
        });
        var calls = channel.CreateCallInvoker();
        var options = new CallOptions([new Metadata.Entry("workload.spiffe.io", "true")]);
        fake.ValidateJwt = request => new ValidateJWTSVIDResponse { SpiffeId = request.Svid };
        fake.X509Svids.Set(new X509SVIDResponse { Svids = { new X509SVID { Hint = "0" } } });
        using var stream = calls.AsyncServerStreamingCall(WorkloadServiceMethods.FetchX509Svid, null, options, new X509SVIDRequest());
        Assert.True(await stream.ResponseStream.MoveNext(default));

        for (var rotation = 1; rotation <= 3; rotation++)
        {
            var next = _mesh.Domain.AddRoot();
            await _mesh.RenewAsync("/server");
            await _mesh.RenewAsync("/client");
            _mesh.Domain.Activate(next);
            await _mesh.RenewAsync("/client");
            await _mesh.RenewAsync("/server");
            for (var i = 0; i < 20; i++)
            {
                var answer = await calls.AsyncUnaryCall(
                    WorkloadServiceMethods.ValidateJwtSvid, null, options, new ValidateJWTSVIDRequest { Svid = $"{rotation}.{i}" }).ResponseAsync;
                Assert.Equal($"{rotation}.{i}", answer.SpiffeId);
            }

            fake.X509Svids.Set(new X509SVIDResponse { Svids = { new X509SVID { Hint = $"{rotation}" } } });
            Assert.True(await stream.ResponseStream.MoveNext(default));
            Assert.Equal($"{rotation}", stream.ResponseStream.Current.Svids[0].Hint);
        }
    }

    private static async Task<string> ConnectionAsync(HttpClient http, SpiffeServer server) =>
        (await http.GetStringAsync(server.Address)).Split(' ')[1];

    private HttpClient CreateClient(SpiffeIdMatcher server, SpiffeHttpOptions? options = null) =>
        new(SpiffeHttp.CreateHandler(_mesh["/client"], server, options));
}
