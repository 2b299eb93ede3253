using System.Collections.Concurrent;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authentication.Development;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Cryptography;
using MeshCA.Hosting;
using MeshCA.Requesting;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.Demo;

/// <summary>A workload that renews its certificate, serves and calls others over mutual TLS, and trusts the bundle of its last answer alone.</summary>
internal sealed class DemoWorkload : IAsyncDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);
    private static readonly byte[] Hello = [1];

    private readonly string _name;
    private readonly Uri _address;
    private readonly DevTokenIssuer _issuer;
    private readonly TimeProvider _clock;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _faults = [];
    private volatile Held _held;
    private Task _serving = Task.CompletedTask;

    private DemoWorkload(string name, Uri address, DevTokenIssuer issuer, TimeProvider clock, Held held)
    {
        _name = name;
        _address = address;
        _issuer = issuer;
        _clock = clock;
        _held = held;
    }

    /// <summary>Handshakes that it made as a client and both sides completed.</summary>
    public int Handshakes { get; private set; }

    /// <summary>Handshakes that failed, and why.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Starts one, with its first certificate.</summary>
    public static async Task<DemoWorkload> StartAsync(
        string name, MeshServer server, DevTokenIssuer issuer, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var http = new System.Net.Http.HttpClient { Timeout = CallTimeout };
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(await http.GetStringAsync(new Uri(server.HttpAddress, "/bundle.pem"), cancellationToken));
        var workload = new DemoWorkload(
            name, server.MeshAddress, issuer, clock, await AskAsync(name, server.MeshAddress, issuer, roots, clock, cancellationToken));
        workload._listener.Start();
        workload._serving = workload.ServeAsync();
        return workload;
    }

    /// <summary>Calls the others in turn, and renews at half of its certificate's life.</summary>
    public async Task TalkAsync(IReadOnlyList<DemoWorkload> others, CancellationToken until)
    {
        for (var i = 0; !until.IsCancellationRequested; i++)
        {
            var held = _held;
            if (_clock.GetUtcNow() >= held.Since + ((held.Chain.Svid.NotAfter - held.Since) / 2))
            {
                _held = await AskAsync(_name, _address, _issuer, held.Roots, _clock, _stop.Token);
            }

            if (others[i % others.Count] is var other && other != this)
            {
                await CallAsync(other);
            }

            await Task.Delay(Pause, _clock, _stop.Token);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private static async Task<Held> AskAsync(
        string name, Uri address, DevTokenIssuer issuer, X509Certificate2Collection roots, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!ServiceAccount.TryCreate("demo", name, out var account))
        {
            throw new InvalidOperationException($"`{name}` is no service account");
        }

        using var key = WorkloadKey.Generate(KeyAlgorithm.EcdsaP256);
        using var client = new CertificateClient(address, roots, "localhost", null);
        var token = issuer.Mint(new DevToken { Account = account, Audience = TokenIssuerOptions.DefaultAudience, PodName = name });
        var answer = await client.RequestAsync(key.ToSigningRequest(null), token, "", TimeSpan.Zero, CallTimeout, cancellationToken);
        return IssuedChain.TryCreate(answer, key.ExportSubjectPublicKeyInfo(), clock.GetUtcNow(), out var chain, out var fault)
            ? new Held(chain, key, clock.GetUtcNow())
            : throw new InvalidOperationException($"{name}: {fault}");
    }

    private async Task CallAsync(DemoWorkload other)
    {
        var held = _held;
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync((IPEndPoint)other._listener.LocalEndpoint);
            await using var tls = new SslStream(connection.GetStream());
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = other._name,
                ClientCertificateContext = held.Context,
                RemoteCertificateValidationCallback = (_, shown, chain, _) => Accepts(held, shown, chain),
            });

            // In TLS 1.3 the end of the client's handshake says nothing of what the server thinks of it.
            await tls.WriteAsync(Hello);
            await tls.ReadExactlyAsync(new byte[Hello.Length]);
            Handshakes++;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or SocketException)
        {
            _faults.Enqueue($"{_name} calls {other._name}: {e.Message}");
        }
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(TcpClient connection)
    {
        var held = _held;
        using (connection)
        {
            try
            {
                await using var tls = new SslStream(connection.GetStream());
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = held.Context,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, shown, chain, _) => Accepts(held, shown, chain),
                });
                await tls.ReadExactlyAsync(new byte[Hello.Length]);
                await tls.WriteAsync(Hello);
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                // The caller has the same fault, and counts it.
            }
        }
    }

    private bool Accepts(Held held, X509Certificate? shown, X509Chain? chain) =>
        shown is X509Certificate2 leaf
        && X509PathBuilder.TryBuild(
            [leaf.RawData, .. chain!.ChainPolicy.ExtraStore.Select(certificate => (ReadOnlyMemory<byte>)certificate.RawData)],
            held.Bundle,
            _clock.GetUtcNow(),
            out _,
            out _);

    private sealed class Held
    {
        public Held(IssuedChain chain, WorkloadKey key, DateTimeOffset since)
        {
            Chain = chain;
            Since = since;
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(chain.ChainPem);
            certificates.RemoveAt(0);
            Context = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPem(chain.ChainPem, key.ToPem()), certificates, offline: true);
            Roots = [];
            Roots.ImportFromPem(chain.BundlePem);
            X509Bundle.TryParsePem(chain.Svid.Id.TrustDomain, chain.BundlePem, out var bundle, out _);
            Bundle = bundle!; // IssuedChain has read it before
        }

        public IssuedChain Chain { get; }

        public DateTimeOffset Since { get; }

        public SslStreamCertificateContext Context { get; }

        public X509Certificate2Collection Roots { get; }

        public X509Bundle Bundle { get; }
    }
}
