using System.IO;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Running;

/// <summary>The service while it runs, with both ports open.</summary>
internal sealed class TestMesh : IAsyncDisposable
{
    private readonly MeshServer _server;

    public TestMesh(MeshHome home, MeshServer server)
    {
        Home = home;
        _server = server;
        Http = new HttpClient { BaseAddress = server.HttpAddress };
    }

    public MeshHome Home { get; }

    /// <summary>A client of the HTTP port.</summary>
    public HttpClient Http { get; }

    public Uri Address => _server.MeshAddress;

    /// <summary>The plaintext port for decisions; null while it is closed.</summary>
    public Uri? DecisionAddress => _server.DecisionAddress;

    /// <summary>The plain HTTP port for decisions; null while it is closed.</summary>
    public Uri? DecisionHttpAddress => _server.DecisionHttpAddress;

    /// <summary>The TLS port of the admission webhook; null while it is closed.</summary>
    public Uri? WebhookAddress => _server.WebhookAddress;

    /// <summary>The bundle endpoint under https_spiffe; null while it is closed.</summary>
    public Uri? SpiffeBundleAddress => _server.SpiffeBundleAddress;

    /// <summary>The bundle endpoint under https_web; null while it is closed.</summary>
    public Uri? WebBundleAddress => _server.WebBundleAddress;

    /// <summary>The trust bundle as the HTTP port last gave it.</summary>
    public X509Certificate2Collection Bundle { get; private set; } = [];

    public static Task<TestMesh> StartAsync(params (string Key, string Value)[] settings) => StartAsync(new MeshHome(settings));

    /// <summary>Starts a service that decides by these policies.</summary>
    public static Task<TestMesh> StartAsync(TestPolicies policies, params (string Key, string Value)[] settings) =>
        StartAsync(new MeshHome(settings) { Policies = policies });

    private static async Task<TestMesh> StartAsync(MeshHome home)
    {
        try
        {
            return await home.StartAsync();
        }
        catch
        {
            home.Dispose();
            throw;
        }
    }

    public T Part<T>()
        where T : notnull => _server.Services.GetRequiredService<T>();

    /// <summary>A part that the settings may leave out.</summary>
    public T? Find<T>()
        where T : class => _server.Services.GetService<T>();

    public Task StopAsync() => _server.StopAsync(CancellationToken.None);

    private ClientSetUp ClientSetUp => new() { Address = Address, Roots = Bundle, Clock = Home.Clock };

    /// <summary>HTTP/2 over TLS, for requests by hand.</summary>
    public HttpMessageInvoker ConnectRaw() => new(MeshClient.Handler(ClientSetUp));

    /// <summary>The same with a client certificate.</summary>
    public HttpMessageInvoker ConnectRaw(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> intermediates) =>
        new(MeshClient.Handler(ClientSetUp with { Certificate = certificate, Intermediates = intermediates }));

    /// <summary>The same with a certificate that it gets for an account.</summary>
    public async Task<HttpMessageInvoker> EnrolRawAsync(string account)
    {
        using var key = WorkloadKey.P256();
        using var first = Connect();
        var answer = await first.AskAsync(key.Csr(), new Ask { Token = Home.Token(account) });
        return ConnectRaw(key.Join(answer.Leaf), answer.Middle);
    }

    /// <summary>The same over one connection, which the test may tear down.</summary>
    public async Task<(HttpMessageInvoker Http, Socket Connection)> ConnectRawOnceAsync()
    {
        var connection = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await connection.ConnectAsync(Address.Host, Address.Port, TestContext.Current.CancellationToken);
        var handler = MeshClient.Handler(ClientSetUp);
        handler.ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(connection, ownsSocket: true));
        return (new HttpMessageInvoker(handler), connection);
    }

    /// <summary>A client without a certificate.</summary>
    public MeshClient Connect() => new(ClientSetUp);

    /// <summary>A client that shows a certificate and what stands above it.</summary>
    public MeshClient Connect(X509Certificate2 certificate, IReadOnlyList<X509Certificate2> intermediates) =>
        new(ClientSetUp with { Certificate = certificate, Intermediates = intermediates });

    /// <summary>A channel over the administrators' socket.</summary>
    public GrpcChannel ConnectAdmin()
    {
        var path = Part<IOptions<ServerOptions>>().Value.AdminSocket;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    /// <summary>A channel over the TLS port, as an administrator with a certificate of this service opens it.</summary>
    public async Task<GrpcChannel> ConnectAdminAsync(string account)
    {
        using var key = WorkloadKey.P256();
        using var first = Connect();
        var answer = await first.AskAsync(key.Csr(), new Ask { Token = Home.Token(account) });
        var setUp = ClientSetUp with { Certificate = key.Join(answer.Leaf), Intermediates = answer.Middle };
        return GrpcChannel.ForAddress(
            MeshClient.ByName(Address), new GrpcChannelOptions { HttpHandler = MeshClient.Handler(setUp), DisposeHttpClient = true });
    }

    /// <summary>Gets a certificate with a token, and a client that shows it.</summary>
    public async Task<(MeshClient Client, CsrAnswer Answer)> EnrolAsync(string account = "cart", long seconds = 0)
    {
        using var key = WorkloadKey.P256();
        using var first = Connect();
        var answer = await first.AskAsync(key.Csr(), new Ask { Token = Home.Token(account), Seconds = seconds });
        return (Connect(key.Join(answer.Leaf), answer.Middle), answer);
    }

    /// <summary>Moves the clock on and waits until the serving certificate caught up.</summary>
    public Task ShiftAsync(TimeSpan offset)
    {
        Home.Clock.Offset = offset;
        return Eventually.TrueAsync(
            () => Part<ServingCertificate>().NotAfter > Home.Clock.GetUtcNow(), "a serving certificate of that time");
    }

    public Task<string> GetAsync(string path) => Http.GetStringAsync(path);

    /// <summary>What the readiness check says, whichever way.</summary>
    public async Task<string> ReadinessAsync()
    {
        using var response = await Http.GetAsync("/healthz/ready");
        return await response.Content.ReadAsStringAsync();
    }

    public async Task<int> ReadinessCodeAsync()
    {
        using var response = await Http.GetAsync("/healthz/ready");
        return (int)response.StatusCode;
    }

    /// <summary>Reads the trust bundle from the HTTP port.</summary>
    public async Task<string> ReadBundleAsync()
    {
        var pem = await GetAsync("/bundle.pem");
        var bundle = new X509Certificate2Collection();
        bundle.ImportFromPem(pem);
        Bundle = bundle;
        return pem;
    }

    /// <summary>Stops the service; its home stays.</summary>
    public async Task CloseAsync()
    {
        Http.Dispose();
        await StopAsync();
        await _server.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Home.Dispose();
    }
}
