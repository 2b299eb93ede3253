using System.IO;
using System.Net.Http;
using System.Security.Cryptography.X509Certificates;
using MeshCA.IntegrationTests.Proxies;
using MeshCA.IntegrationTests.Running;
using SpiffeIdentity;
using SpiffeIdentity.WorkloadApi.Tls;
using TestSupport;
using Xunit;
using static MeshCA.IntegrationTests.Agents.ShortLivedMesh;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>Proxies of Debian that end mutual TLS with the agent's files, and are told by the agent when those change.</summary>
public sealed class ProxyFilesTests : IDisposable
{
    private const int Renewals = 3;
    private static readonly TimeSpan RenewalPatience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = ProxyProcess.FreePort();

    private string Identity => _directory.File("identity");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Nginx_serves_on_through_renewals_and_a_rotation_of_the_root()
    {
        var configuration = _directory.File("nginx.conf");
        string[] arguments = ["-p", _directory.Path, "-c", configuration, "-e", "stderr"];
        var temporary = string.Concat(
            new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {_directory.File(kind)};\n"));
        await File.WriteAllTextAsync(configuration, $$"""
            daemon off;
            pid {{_directory.File("nginx.pid")}};
            events { worker_connections 64; }
            http {
            access_log off;
            {{temporary}}
            server {
                listen 127.0.0.1:{{_port}} ssl;
                ssl_protocols TLSv1.2 TLSv1.3;
                ssl_certificate {{Identity}}/cert-chain.pem;
                ssl_certificate_key {{Identity}}/key.pem;
                ssl_client_certificate {{Identity}}/root-cert.pem;
                ssl_verify_client on;
                ssl_verify_depth 3;
                location / { return 200 "$ssl_client_serial\n"; }
            }
            }
            """);
        await RunAsync(
            Told("/usr/sbin/nginx", [.. arguments, "-s", "reload"]),
            () => ProxyProcess.StartAsync(_port, "/usr/sbin/nginx", arguments));
    }

    [Fact]
    public async Task Haproxy_serves_on_through_renewals_and_a_rotation_of_the_root()
    {
        var configuration = _directory.File("haproxy.cfg");
        await File.WriteAllTextAsync(configuration, $$"""
            global
                stats socket {{_directory.File("haproxy.sock")}} mode 600 level admin expose-fd listeners
            defaults
                mode http
                timeout client 30s
                timeout connect 5s
                timeout server 5s
            frontend mesh
                bind 127.0.0.1:{{_port}} ssl crt {{Identity}}/haproxy.pem ca-file {{Identity}}/root-cert.pem verify required
                http-request return status 200 content-type text/plain lf-string "%[ssl_c_serial,hex]\n"

            """);
        await RunAsync(
            [
                ("Agent:Files:0:CombinedFile", "haproxy.pem"), ("Agent:Files:0:ReloadPidFile", _directory.File("haproxy.pid")),
                ("Agent:Files:0:ReloadSignal", "User2"),
            ],
            () => ProxyProcess.StartAsync(_port, "/usr/sbin/haproxy", "-W", "-f", configuration, "-p", _directory.File("haproxy.pid")));
    }

    private static (string, string)[] Told(string program, string[] arguments) =>
        [.. ((string[])[program, .. arguments]).Select((word, i) => ($"Agent:Files:0:ReloadCommand:{i}", word))];

    private async Task RunAsync((string, string)[] reload, Func<Task<ProxyProcess>> startAsync)
    {
        await using var mesh = await StartAsync();
        var edge = SpiffeIdMatcher.Exactly(SpiffeId.Parse(IdOf("edge")));
        await mesh.AgentAsync("edge", home => home.Set([("Agent:Files:0:Directory", Identity), .. reload]));
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(Identity, "cert-chain.pem")), "the files");
        await using var proxy = await startAsync();
        await using var identity = await SourceOfAsync(await mesh.AgentAsync("cart"));
        using var kept = new HttpClient(SpiffeHttp.CreateHandler(identity, edge));
        var served = new HashSet<string>();
        var faults = new List<string>();
        var calls = 0;

        // A leaf's renewals first, then the root.
        await Eventually.TrueAsync(async () => await CallAsync() && served.Count >= Renewals, "renewals", RenewalPatience);
        var before = served.Count;
        await mesh.WhileRotatingAsync(CallAsync);
        Assert.Empty(faults);
        Assert.True(served.Count > before);

        // The client, which knows the new root alone by now, is shown what is in the files by now.
        var last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                await CallAsync();
                using var leaf = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(Identity, "cert-chain.pem")));
                using var root = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(Identity, "root-cert.pem")));
                return leaf.SerialNumber == last && identity.Bundles.Single().X509.Authorities is [var only] && only.Span.SequenceEqual(root.RawData);
            },
            "the newest leaf and the new root alone", RenewalPatience);
        Assert.Empty(faults);
        TestContext.Current.SendDiagnosticMessage($"{calls} requests over connections of their own, as many over kept ones, {served.Count} leaves, no failure");

        async Task<bool> CallAsync()
        {
            var call = await TlsCall.MakeAsync(identity, edge, $"127.0.0.1:{_port}", "GET / HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n");
            if (call.Answer != "HTTP/1.1 200 OK")
            {
                faults.Add(call.Fault ?? call.Answer);
            }

            try
            {
                await kept.GetStringAsync($"https://127.0.0.1:{_port}/");
            }
            catch (HttpRequestException e)
            {
                faults.Add($"over a kept connection: {e.Message} {e.InnerException?.Message}");
            }

            (last, calls) = (call.Serial, calls + 1);
            served.Add(call.Serial);
            return true;
        }
    }
}
