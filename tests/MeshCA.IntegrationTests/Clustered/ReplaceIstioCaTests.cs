using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KubernetesClient.Models;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Clustered;

/// <summary>Each step on our side in docs/replace-istio-ca.md, as it stands there.</summary>
public sealed partial class ReplaceIstioCaTests : IAsyncLifetime
{
    // The four forms of kubectl that the guide uses, for an API server that speaks plain HTTP.
    private const string Kubectl = """
        #!/bin/bash
        set -euo pipefail
        ns="$2"; verb="$3"
        if [ "$verb" = create ]; then cat "$TOKEN_FILE"; exit; fi
        plural="$4s"; name="$5"; key=$(printf '%s' "$7" | sed 's/.*data\.//; s/}.*//; s/\\//g')
        curl -s "$API/api/v1/namespaces/$ns/$plural/$name" | grep -o "\"$key\":\"[^\"]*\"" | head -1 | cut -d'"' -f4 | sed 's/\\u002B/+/g; s/\\n/\n/g' | head -c -1
        """;

    private HomeCluster? _cluster;

    private HomeCluster Cluster => _cluster!;

    public async ValueTask InitializeAsync() => _cluster = await HomeCluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    [Fact]
    public async Task Every_step_on_our_side_does_what_the_guide_says()
    {
        using var directory = new TemporaryDirectory();
        using var istio = await IstioRoot.CreateAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        Put(istio);
        await File.WriteAllTextAsync(directory.File("kubectl"), Kubectl, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(directory.File("kubectl"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(
            directory.File("token"), signer.Sign(TestClaims.Of(TimeProvider.System.GetUtcNow())), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(directory.File("guide.sh"), Script(), TestContext.Current.CancellationToken);

        var (code, output) = await Command.RunAsync(
            "env",
            "",
            [
                $"PATH={Path.GetDirectoryName(directory.File("kubectl"))}:{Path.GetDirectoryName(MeshProcess.Executable)}:{PathVariable}",
                $"WORK={directory.File("work")}", $"KUBECONFIG={Cluster.Kubeconfig("guide")}", $"API={Cluster.Server.Url.AbsoluteUri.TrimEnd('/')}",
                $"TOKEN_FILE={directory.File("token")}", $"PORT={FreePort()}", $"HTTP_PORT={FreePort()}",
                "MESHCA_Kubernetes__Clusters__0__Tokens__Mode=Review", "MESHCA_Server__Address=127.0.0.1", "MESHCA_Server__HttpAddress=127.0.0.1",
                "timeout", "120", "bash", directory.File("guide.sh"),
            ]);
        var log = File.Exists(directory.File("work/serve.log")) ? await File.ReadAllTextAsync(directory.File("work/serve.log"), TestContext.Current.CancellationToken) : "";
        Assert.True(code == 0, $"{output}\n{log}");
        Assert.Contains("meshca_distribution_namespaces_behind{cluster=\"Kubernetes\"} 0", output, StringComparison.Ordinal);
        Assert.Contains("spiffe://cluster.local/ns/shop/sa/cart", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_block_says_whose_side_it_is_on()
    {
        var languages = Blocks().Select(block => block.Groups["side"].Value).ToList();
        Assert.All(languages, side => Assert.True(side is "ours" or "istiod", $"`{side}`"));
        Assert.True(languages.Count(side => side == "ours") > 8);
    }

    private static string Script() =>
        "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
        + string.Concat(Blocks().Where(block => block.Groups["side"].Value == "ours").Select(block => block.Groups["text"].Value));

    private static MatchCollection Blocks() => Block().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "replace-istio-ca.md")));

    [GeneratedRegex(@"^```sh (?<side>\w*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "MeshCA.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("not below the repository");
        }

        return directory.FullName;
    }

    private static string PathVariable => "/usr/local/bin:/usr/bin:/bin";

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void Put(IstioRoot istio)
    {
        Cluster.Server.Put(new V1Secret
        {
            Metadata = new() { Name = "istio-ca-secret", Namespace = "istio-system" },
            Type = "istio.io/ca-root",
            Data = new Dictionary<string, byte[]>
            {
                ["ca-cert.pem"] = Encoding.UTF8.GetBytes(istio.RootPem),
                ["ca-key.pem"] = Encoding.UTF8.GetBytes(istio.KeyPem),
                ["root-cert.pem"] = Encoding.UTF8.GetBytes(istio.RootPem),
            },
        });
        Cluster.AddNamespace("istio-system");
        Cluster.AddNamespace("shop");
        Cluster.Server.TokenReview = (_, audiences) => new JsonObject
        {
            ["authenticated"] = true,
            ["audiences"] = new JsonArray([.. audiences.Select(audience => JsonValue.Create(audience))]),
            ["user"] = new JsonObject
            {
                ["username"] = "system:serviceaccount:shop:cart",
                ["uid"] = "0a0a",
                ["groups"] = new JsonArray("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"),
                ["extra"] = new JsonObject
                {
                    ["authentication.kubernetes.io/pod-name"] = new JsonArray("cart-5d4f-x7"),
                    ["authentication.kubernetes.io/pod-uid"] = new JsonArray("0b0b"),
                },
            },
        };
        Cluster.Server.Put(new V1ServiceAccount { Metadata = new() { Namespace = "shop", Name = "cart", Uid = "0a0a" } });
        Cluster.Server.Put(new V1Pod
        {
            Metadata = new() { Namespace = "shop", Name = "cart-5d4f-x7", Uid = "0b0b" },
            Spec = new() { ServiceAccountName = "cart", NodeName = "node-1.example" },
            Status = new() { Phase = "Running" },
        });
    }
}
