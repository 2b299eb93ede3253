using System.Collections.Concurrent;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using TestSupport;

namespace MeshCA.IntegrationTests.Authorities;

/// <summary>
/// A workload with its agent: renews its certificate, trusts the bundle of its last answer and nothing else, serves mTLS and
/// calls others.
/// </summary>
internal sealed class Workload : IAsyncDisposable
{
    private static readonly byte[] Hello = [42];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TemporaryDirectory _files = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly Func<string, string, Task<CsrAnswer>> _ask;
    private readonly WorkloadKey _key;
    private readonly Task _serving;
    private volatile Held _held;

    private Workload(string name, WorkloadKey key, CsrAnswer answer, Func<string, string, Task<CsrAnswer>> ask)
    {
        Name = name;
        _key = key;
        _ask = ask;
        _held = Hold(answer);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Its service account.</summary>
    public string Name { get; }

    /// <summary>Handshakes that it made as a client and that both sides completed.</summary>
    public int Handshakes { get; private set; }

    /// <summary>What went wrong, as client or server, with whom.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>The certificate and bundle that it holds.</summary>
    public CsrAnswer Answer => _held.Answer;

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Starts one with its first certificate.</summary>
    /// <param name="name">Its service account.</param>
    /// <param name="ask">Asks for a certificate: account, CSR.</param>
    public static async Task<Workload> StartAsync(string name, Func<string, string, Task<CsrAnswer>> ask)
    {
        var key = WorkloadKey.P256();
        return new Workload(name, key, await ask(name, key.Csr()), ask);
    }

    /// <summary>Renews at a share of each lifetime, and again soon where that fails, as agents do.</summary>
    public async Task RenewAsync(double share, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            var (start, end) = (_held.Since, Answer.NotAfter);
            await DelayAsync(start + ((end - start) * share) - DateTimeOffset.UtcNow, until);
            try
            {
                _held = Hold(await _ask(Name, _key.Csr()));
            }
            catch (Exception e) when (e is RpcException or InvalidOperationException)
            {
                await DelayAsync(TimeSpan.FromMilliseconds(200), until); // the service is being started again
            }
        }
    }

    /// <summary>Calls others, over and over.</summary>
    public async Task CallAsync(IReadOnlyList<Workload> others, TimeSpan pause, bool usesOpenSsl, CancellationToken until)
    {
        for (var i = 0; !until.IsCancellationRequested; i++)
        {
            var other = others[(i * 7) % others.Count];
            if (other != this)
            {
                await (usesOpenSsl ? CallByOpenSslAsync(other) : CallAsync(other));
            }

            await DelayAsync(pause, until);
        }
    }

    /// <summary>Calls another once.</summary>
    /// <returns>Whether both sides accepted each other.</returns>
    public async Task<bool> CallAsync(Workload other)
    {
        var held = _held;
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(IPAddress.Loopback, other.Port);
            await using var tls = new SslStream(connection.GetStream());
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = other.Name,
                ClientCertificateContext = held.Context,
                RemoteCertificateValidationCallback = (_, shown, chain, _) => Judge(shown, chain, held.Answer, other.Name),
            });

            // In TLS 1.3 the client's end of the handshake says nothing of what the server thinks of it.
            await tls.WriteAsync(Hello);
            await tls.ReadExactlyAsync(new byte[Hello.Length]);
            Handshakes++;
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or SocketException)
        {
            _faults.Enqueue($"{Name} calls {other.Name}: {e.Message} {e.InnerException?.Message}");
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _listener.Dispose();
        _key.Dispose();
        _files.Dispose();
        _stop.Dispose();
    }

    private async Task CallByOpenSslAsync(Workload other)
    {
        var answer = Answer;
        await File.WriteAllTextAsync(_files.File("leaf.pem"), answer.Elements[0]);
        await File.WriteAllTextAsync(_files.File("key.pem"), _key.ToPem());
        await File.WriteAllTextAsync(_files.File("chain.pem"), answer.IntermediatesPem);
        await File.WriteAllTextAsync(_files.File("bundle.pem"), answer.Elements[^1]);
        var (code, output) = await Command.RunAsync("openssl", "*\n", [
            "s_client", "-quiet", "-no_ign_eof", "-verify_return_error", "-verify", "5", "-x509_strict",
            "-connect", $"127.0.0.1:{other.Port}", "-CAfile", _files.File("bundle.pem"), "-no-CApath", "-no-CAstore",
            "-cert", _files.File("leaf.pem"), "-key", _files.File("key.pem"), "-cert_chain", _files.File("chain.pem"),
        ]);
        if (code == 0)
        {
            Handshakes++;
        }
        else
        {
            _faults.Enqueue($"{Name} calls {other.Name} by openssl: {output.ReplaceLineEndings(" ")}");
        }
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using (connection)
        {
            var held = _held;
            try
            {
                await using var tls = new SslStream(connection.GetStream());
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = held.Context,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, shown, chain, _) => Judge(shown, chain, held.Answer, "its caller"),
                });
                await tls.ReadExactlyAsync(new byte[Hello.Length]);
                await tls.WriteAsync(Hello);
                await tls.ShutdownAsync(); // openssl takes a stream without an end for an attack
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                // The caller counts it; what was judged here is noted already.
            }
        }
    }

    private bool Judge(X509Certificate? shown, X509Chain? chain, CsrAnswer own, string who)
    {
        var fault = shown is X509Certificate2 leaf
            ? ChainFault.Find(leaf, chain!.ChainPolicy.ExtraStore, own.Bundle, DateTimeOffset.UtcNow)
            : "no certificate";
        if (fault.Length > 0)
        {
            _faults.Enqueue($"{Name} does not accept {who}: {fault}");
        }

        return fault.Length == 0;
    }

    private Held Hold(CsrAnswer answer) =>
        new(answer, SslStreamCertificateContext.Create(_key.Join(answer.Leaf), [.. answer.Middle], offline: true), DateTimeOffset.UtcNow);

    private static async Task DelayAsync(TimeSpan time, CancellationToken until)
    {
        try
        {
            await Task.Delay(time > TimeSpan.Zero ? time : TimeSpan.Zero, until);
        }
        catch (OperationCanceledException)
        {
            // Its loop ends by itself.
        }
    }

    private sealed record Held(CsrAnswer Answer, SslStreamCertificateContext Context, DateTimeOffset Since);
}
