using System.Text;
using KubernetesClient.Models;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Clustered;

/// <summary>A mesh moves over with no root change (istio-ca §4.1, §4.2); openssl has the word on who accepts whom.</summary>
public sealed class ImportTests : IAsyncLifetime
{
    private HomeCluster? _cluster;

    private HomeCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await HomeCluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    [Fact]
    public async Task Leaves_below_istiods_own_root_and_leaves_from_before_verify_by_the_same_root()
    {
        using var istio = await IstioRoot.CreateAsync();
        Put("istio-ca-secret", "istio.io/ca-root", ("ca-cert.pem", istio.RootPem), ("ca-key.pem", istio.KeyPem), ("root-cert.pem", istio.RootPem));
        var mesh = await Cluster.StartAsync("a", ("Authorities:ImportSecret", "istio-system/istio-ca-secret"));
        Assert.Equal(istio.RootPem, await mesh.ReadBundleAsync());

        // New leaf, old root: what a workload that was never told anything verifies.
        using var key = WorkloadKey.P256();
        using var client = mesh.Connect();
        var answer = await client.AskAsync(key.Csr(), new Ask { Token = mesh.Home.Token() });
        await istio.VerifyAsync(answer.Elements[0], answer.IntermediatesPem);
        Assert.Equal(istio.RootPem, answer.Elements[^1]);

        // Old leaf, new bundle: what a workload that renewed here verifies.
        await istio.VerifyAsync(await istio.LeafAsync(), "", roots: answer.Elements[^1]);
    }

    [Fact]
    public async Task An_intermediate_of_cacerts_goes_on_signing()
    {
        var root = OperatorAuthority.Root("offline root");
        var signer = root.Below("istio intermediate");
        Put("cacerts", "Opaque", ("ca-cert.pem", signer.Pem), ("ca-key.pem", signer.KeyPem), ("cert-chain.pem", signer.Pem + root.Pem), ("root-cert.pem", root.Pem));
        var mesh = await Cluster.StartAsync("a", ("Authorities:ImportSecret", "istio-system/cacerts"));
        Assert.Equal(root.Pem, await mesh.ReadBundleAsync());

        using var key = WorkloadKey.P256();
        using var client = mesh.Connect();
        var answer = await client.AskAsync(key.Csr(), new Ask { Token = mesh.Home.Token() });
        Assert.Equal(signer.Certificate.RawData, Assert.Single(answer.Middle).RawData);
        Assert.Equal("", answer.FindFault(mesh.Home.Clock.GetUtcNow()));
    }

    public static TheoryData<bool> Layouts() => [new(false) { Label = "Istio's layout" }, new(true) { Label = "cert-manager's layout" }];

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task A_plugged_in_secret_signs_and_is_reloaded_without_a_mount(bool isTls)
    {
        var root = OperatorAuthority.Root("offline root");
        var (first, second) = (root.Below("one"), root.Below("two"));
        Plug(first);
        var mesh = await Cluster.StartAsync("a", ("Authorities:PluginSecret", "istio-system/cacerts"));
        await mesh.ReadBundleAsync();
        Assert.Equal(first.Certificate.RawData, (await AskAsync()).Middle[0].RawData);

        Plug(second);
        await Eventually.TrueAsync(async () => (await AskAsync()).Middle[0].RawData.AsSpan().SequenceEqual(second.Certificate.RawData), "the new signer");

        void Plug(OperatorAuthority signer) => Put(
            "cacerts",
            isTls ? "kubernetes.io/tls" : "Opaque",
            isTls
                ? [("tls.crt", signer.Pem), ("tls.key", signer.KeyPem), ("ca.crt", root.Pem)]
                : [("ca-cert.pem", signer.Pem), ("ca-key.pem", signer.KeyPem), ("cert-chain.pem", signer.Pem + root.Pem), ("root-cert.pem", root.Pem)]);

        async Task<CsrAnswer> AskAsync()
        {
            using var key = WorkloadKey.P256();
            using var client = mesh.Connect();
            return await client.AskAsync(key.Csr(), new Ask { Token = mesh.Home.Token() });
        }
    }

    [Fact]
    public async Task Where_the_secret_is_missing_nothing_starts_and_no_root_is_made()
    {
        using var home = Cluster.Home("a", ("Authorities:ImportSecret", "istio-system/istio-ca-secret"));
        var refusal = await home.RefusalAsync();
        Assert.Equal(ServerStartError.Store, refusal.Error);
        Assert.Contains("istio-system/istio-ca-secret", Assert.Single(refusal.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_command_a_running_service_rotates_to_the_root_of_a_secret()
    {
        using var istio = await IstioRoot.CreateAsync();
        var root = OperatorAuthority.Root("offline root");
        var signer = root.Below("istio intermediate");
        Put("istio-ca-secret", "istio.io/ca-root", ("ca-cert.pem", istio.RootPem), ("ca-key.pem", istio.KeyPem));
        Put("cacerts", "Opaque", ("ca-cert.pem", signer.Pem), ("ca-key.pem", signer.KeyPem), ("cert-chain.pem", signer.Pem), ("root-cert.pem", root.Pem));
        using var directory = new TemporaryDirectory();
        var mesh = await Cluster.StartAsync("a", ("Server:AdminSocket", directory.File("run/admin.sock")));
        string[] order = ["root", "import", "--socket", directory.File("run/admin.sock"), "--kubeconfig", Cluster.Kubeconfig("admin")];

        Assert.Equal(3, (await Command.RunAsync(MeshProcess.Executable, "", [.. order, "--from-secret", "istio-system/cacerts"])).Code);
        Assert.Equal(4, (await Command.RunAsync(MeshProcess.Executable, "", [.. order, "--from-secret", "istio-system/none"])).Code);
        Assert.Equal(2, (await Command.RunAsync(MeshProcess.Executable, "", order)).Code);
        Assert.Equal(2, (await Command.RunAsync(MeshProcess.Executable, "", [.. order, "--from-secret", "none"])).Code);
        Assert.Equal(1, CsrAnswer.BlocksOf(await mesh.ReadBundleAsync()));

        var (code, output) = await Command.RunAsync(MeshProcess.Executable, "", [.. order, "--from-secret", "istio-system/istio-ca-secret"]);
        Assert.True(code == 0, output);
        Assert.Contains(istio.RootPem, await mesh.ReadBundleAsync(), StringComparison.Ordinal);
    }

    private void Put(string name, string type, params (string Key, string Text)[] data) => Cluster.Server.Put(new V1Secret
    {
        Metadata = new() { Name = name, Namespace = "istio-system" },
        Type = type,
        Data = data.ToDictionary(one => one.Key, one => Encoding.UTF8.GetBytes(one.Text)),
    });
}
