using System.Text.Json.Nodes;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace Kubernetes.Tests.Running;

/// <summary>What is special about a cluster.</summary>
internal sealed record ClusterSetUp
{
    public static ClusterSetUp Usual { get; } = new();

    /// <summary>Audiences of the API server itself; the first is also its issuer's URL.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = ["https://kubernetes.default.svc.cluster.local"];

    /// <summary>Tokens that the API server knows without having signed them: lines of <c>token,user,uid,"group,group"</c>.</summary>
    public IReadOnlyList<string> StaticTokens { get; init; } = [];

    /// <summary>More flags of kube-apiserver.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>etcd and kube-apiserver on loopback: a cluster without nodes and without controllers.</summary>
internal sealed class KubernetesCluster : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ClusterSetUp _setUp;
    private readonly int _port = LoopbackPort.Find();
    private readonly int _storePort = LoopbackPort.Find();
    private Daemon? _store;
    private Daemon? _server;

    private KubernetesCluster(ClusterSetUp setUp)
    {
        _setUp = setUp;
        Keys = new ClusterKeys(_directory.Path);
        Admin = new KubeApi(Address, Keys);
        AdminKubeconfig = File("admin.kubeconfig");
        System.IO.File.WriteAllText(
            AdminKubeconfig,
            Kubeconfig(Address, $"{{client-certificate: {Keys.AdminFile}, client-key: {Keys.AdminKeyFile}}}"));
    }

    public Uri Address => new($"https://127.0.0.1:{_port}");

    public ClusterKeys Keys { get; }

    /// <summary>The API as the administrator has it.</summary>
    public KubeApi Admin { get; }

    /// <summary>The administrator's kubeconfig file.</summary>
    public string AdminKubeconfig { get; }

    /// <summary>What the API server wrote about who did what; administrators are left out.</summary>
    public AuditLog Audit => new(File("audit.log"));

    public static async Task<KubernetesCluster> StartAsync(ClusterSetUp? setUp = null)
    {
        var cluster = new KubernetesCluster(setUp ?? ClusterSetUp.Usual);
        try
        {
            await cluster.StartStoreAsync();
            await cluster.StartServerAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A file of the cluster's directory.</summary>
    public string File(string name) => _directory.File(name);

    /// <summary>A kubeconfig for this cluster, and no more.</summary>
    /// <param name="address">Where it leads.</param>
    /// <param name="user">The user's entry, as YAML's flow style has it.</param>
    public string Kubeconfig(Uri address, string user) =>
        $"""
        apiVersion: v1
        kind: Config
        current-context: test
        contexts: [{"{"}name: test, context: {"{"}cluster: test, user: test{"}"}{"}"}]
        clusters: [{"{"}name: test, cluster: {"{"}server: "{address.GetLeftPart(UriPartial.Authority)}", certificate-authority: {Keys.AuthorityFile}{"}"}{"}"}]
        users: [{"{"}name: test, user: {user}{"}"}]

        """;

    /// <summary>Writes a kubeconfig with which a service account acts.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> WriteKubeconfigAsync(string ns, string account)
    {
        var token = await this.TokenAsync(ns, account);
        var file = File($"{ns}.{account}.kubeconfig");
        await System.IO.File.WriteAllTextAsync(file, Kubeconfig(Address, $"{{token: {token}}}"), TestContext.Current.CancellationToken);
        return file;
    }

    /// <summary>Runs kubectl as the administrator; it must succeed.</summary>
    /// <param name="input">Its standard input.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it printed: errors and warnings, then output.</returns>
    public async Task<string> KubectlAsync(string input, params IReadOnlyList<string> arguments)
    {
        var (code, output) = await TryKubectlAsync(input, arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: {output}");
        return output;
    }

    /// <summary>Runs kubectl as the administrator.</summary>
    public Task<(int Code, string Output)> TryKubectlAsync(string input, params IReadOnlyList<string> arguments) =>
        Command.RunAsync(KubernetesPrograms.Kubectl, input, ["--kubeconfig", AdminKubeconfig, "--cache-dir", File("kubectl"), .. arguments]);

    /// <summary>Kills the API server; its data stay.</summary>
    public async Task KillServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _server = null;
        }
    }

    /// <summary>Starts the API server, where it was before, and waits until it is ready.</summary>
    public async Task StartServerAsync()
    {
        await LaunchServerAsync();
        await WaitForServerAsync();
    }

    /// <summary>Stops the API server from answering, without closing its connections.</summary>
    public void FreezeServer() => _server!.Signal("STOP");

    /// <summary>Ends <see cref="FreezeServer"/>.</summary>
    public void ThawServer() => _server!.Signal("CONT");

    /// <summary>Drops etcd's history: who watches from a version before now is told that it expired.</summary>
    public async Task CompactAsync()
    {
        using var etcd = new System.Net.Http.HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_storePort}") };
        var status = await PostAsync(etcd, "/v3/maintenance/status", []);
        var revision = status["header"]!["revision"]!.GetValue<string>();
        await PostAsync(etcd, "/v3/kv/compaction", new JsonObject { ["revision"] = revision, ["physical"] = true });
    }

    public async ValueTask DisposeAsync()
    {
        await KillServerAsync();
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        Admin.Dispose();
        _directory.Dispose();
    }

    private static async Task<JsonNode> PostAsync(System.Net.Http.HttpClient etcd, string path, JsonObject body)
    {
        using var content = new System.Net.Http.StringContent(body.ToJsonString());
        using var response = await etcd.PostAsync(path, content, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private async Task StartStoreAsync()
    {
        var peer = $"http://127.0.0.1:{LoopbackPort.Find()}";
        var client = $"http://127.0.0.1:{_storePort}";
        _store = await Daemon.StartAsync(
            File("etcd.log"),
            "etcd", "--data-dir", File("etcd"), "--unsafe-no-fsync", "--logger", "zap", "--log-level", "error",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}");
    }

    private async Task LaunchServerAsync()
    {
        await System.IO.File.WriteAllTextAsync(File("audit.yaml"), AuditLog.Policy, TestContext.Current.CancellationToken);
        List<string> flags =
        [
            $"--etcd-servers=http://127.0.0.1:{_storePort}",
            "--bind-address=127.0.0.1", $"--secure-port={_port}",
            // An address for examples: nothing is to go there, and a loopback one would be refused.
            "--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/24",
            $"--cert-dir={_directory.Path}",
            $"--tls-cert-file={Keys.ServingFile}", $"--tls-private-key-file={Keys.ServingKeyFile}", $"--client-ca-file={Keys.AuthorityFile}",
            $"--service-account-issuer={_setUp.Audiences[0]}", $"--api-audiences={string.Join(',', _setUp.Audiences)}",
            $"--service-account-signing-key-file={Keys.TokenKeyFile}", $"--service-account-key-file={Keys.TokenKeyFile}",
            "--authorization-mode=RBAC", "--profiling=false",
            $"--audit-policy-file={File("audit.yaml")}", $"--audit-log-path={File("audit.log")}", "--audit-log-mode=blocking",
        ];
        if (_setUp.StaticTokens.Count > 0)
        {
            await System.IO.File.WriteAllLinesAsync(File("tokens.csv"), _setUp.StaticTokens, TestContext.Current.CancellationToken);
            flags.Add($"--token-auth-file={File("tokens.csv")}");
        }

        _server = await Daemon.StartAsync(File("kube-apiserver.log"), [KubernetesPrograms.ApiServer, .. flags, .. _setUp.Flags]);
    }

    private Task WaitForServerAsync() => Eventually.TrueAsync(
        async () =>
        {
            Assert.True(_store!.IsRunning, _store.ReadLog());
            Assert.True(_server!.IsRunning, _server.ReadLog());
            return await Admin.IsReadyAsync();
        },
        "a ready API server",
        TimeSpan.FromMinutes(2));
}
