using System.IO;
using System.Net.Sockets;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>A service that cannot run right does not run at all, and says everything that is wrong.</summary>
public sealed class StartRefusalTests : IDisposable
{
    private readonly MeshHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task All_wrong_settings_are_reported_at_once_and_nothing_is_opened()
    {
        var port = FreePort();
        _home.Set(
            ("Server:Port", $"{port}"),
            ("Mesh:TrustDomain", "Not A Domain"),
            ("Limits:IdentityBurst", "299"),
            ("Issuance:DefaultLifetime", "16.00:00:00"),
            ("Serving:DnsNames:0", "not a name"),
            ("Csr:MinRsaBits", "1024"),
            ("Authorities:RsaKeySize", "1024"),
            ("Authentication:Issuers:0:JwksUrl", "http://elsewhere.example/keys"));
        var refused = await _home.RefusalAsync();
        Assert.Equal(ServerStartError.Configuration, refused.Error);
        var all = string.Join('\n', refused.Faults);
        Assert.All(
            ["TrustDomain", "IdentityBurst", "DefaultLifetime", "not a name", "MinRsaBits", "RsaKeySize", "JwksUrl"],
            word => Assert.Contains(word, all, StringComparison.Ordinal));
        using var socket = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync("127.0.0.1", port));
        Assert.False(Directory.Exists(_home.File("store")));
    }

    [Fact]
    public async Task Unknown_names_and_values_that_do_not_parse_are_reported_with_the_rest()
    {
        _home.Set(
            ("Limits:MaxMesageBytes", "1"),
            ("Issuance:Backdate", "soon"),
            ("Telemetry:LogFromat", "Text"),
            ("Authentication:ClokLeeway", "00:00:01"),
            ("Server:HttpPort", "70000"));
        var refused = await _home.RefusalAsync();
        Assert.Equal(ServerStartError.Configuration, refused.Error);
        var all = string.Join('\n', refused.Faults);
        Assert.All(["MaxMesageBytes", "Backdate", "LogFromat", "ClokLeeway", "HttpPort"], word => Assert.Contains(word, all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Clusters_that_could_not_be_called_are_reported_with_the_rest()
    {
        await File.WriteAllTextAsync(
            _home.File("kubeconfig"),
            "{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], clusters: [{name: a, cluster: {server: 'https://a'}}], users: [{name: a, user: {exec: {command: x}}}]}",
            TestContext.Current.CancellationToken);
        _home.Set(
            ("Kubernetes:Clusters:0:Id", "east"),
            ("Kubernetes:Clusters:0:Kubeconfig", _home.File("kubeconfig")),
            ("Kubernetes:Clusters:1:Id", "west"),
            ("Kubernetes:Clusters:1:Kubeconfig", _home.File("none")),
            ("Issuance:Backdate", "soon"));
        var all = string.Join('\n', (await _home.RefusalAsync()).Faults);
        Assert.All(
            ["cluster `east`", "exec: ", "cluster `west`", "cannot be read", "Backdate"],
            word => Assert.Contains(word, all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lifetimes_that_do_not_fit_together_are_refused()
    {
        _home.Set(("Authorities:IntermediateLifetime", "29.00:00:00"));
        Assert.Contains("exceeds half of Authorities:IntermediateLifetime", (await _home.RefusalAsync()).Faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_refuses_the_start_and_leaves_the_store_free()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        _home.Set(("Server:Port", $"{((System.Net.IPEndPoint)taken.LocalEndpoint).Port}"));
        Assert.Equal(ServerStartError.Port, (await _home.RefusalAsync()).Error);
        _home.Set(("Server:Port", "0"));
        await (await _home.StartAsync()).CloseAsync();
    }

    [Fact]
    public async Task A_second_service_on_one_store_is_refused_and_the_first_goes_on()
    {
        await using var mesh = await _home.StartAsync();
        Assert.Equal(ServerStartError.StoreInUse, (await _home.RefusalAsync()).Error);
        using var client = mesh.Connect();
        await client.AskAsync(_home.Token());
    }

    [Fact]
    public async Task A_missing_key_encryption_key_refuses_the_start_and_names_the_file()
    {
        await (await _home.StartAsync()).CloseAsync();
        var key = Path.Combine(_home.File("store"), "kek");
        File.Move(key, key + ".away");
        var refused = await _home.RefusalAsync();
        Assert.Equal(ServerStartError.Store, refused.Error);
        Assert.Contains("missing", refused.Faults[0], StringComparison.Ordinal);
        Assert.Contains("kek", refused.Faults[0], StringComparison.Ordinal);

        File.Move(key + ".away", key);
        await (await _home.StartAsync()).CloseAsync();
    }

    [Fact]
    public async Task A_wrong_key_encryption_key_refuses_the_start_and_harms_nothing()
    {
        var first = await _home.StartAsync();
        var bundle = await first.ReadBundleAsync();
        await first.CloseAsync();
        await File.WriteAllTextAsync(_home.File("other-kek"), Convert.ToBase64String(new byte[32]));
        _home.Set(("Storage:KeyEncryptionKeyFile", _home.File("other-kek")));
        Assert.Equal(ServerStartError.Store, (await _home.RefusalAsync()).Error);

        _home.Set(("Storage:KeyEncryptionKeyFile", Path.Combine(_home.File("store"), "kek")));
        var again = await _home.StartAsync();
        Assert.Equal(bundle, await again.ReadBundleAsync());
        await again.CloseAsync();
    }

    [Fact]
    public async Task A_restart_keeps_the_authorities_and_knows_earlier_certificates()
    {
        var first = await _home.StartAsync();
        using var key = WorkloadKey.P256();
        CsrAnswer answer;
        using (var client = first.Connect())
        {
            answer = await client.AskAsync(key.Csr(), new Ask { Token = _home.Token() });
        }

        await first.CloseAsync();
        await using var second = await _home.StartAsync();
        using var renewing = second.Connect(key.Join(answer.Leaf), answer.Middle);
        var renewed = await renewing.AskAsync(key.Csr(), new Ask());
        Assert.Equal(answer.Elements.Skip(1), renewed.Elements.Skip(1));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
