using System.Text;
using KubernetesClient.Models;
using MeshCA.Authorities.Plugin;
using MeshCA.ClusterSecrets;
using Xunit;

namespace MeshCA.Tests.ClusterSecrets;

/// <summary>istio-ca §4.1 and §4.2: the layouts of secrets.</summary>
public sealed class SecretMaterialTests
{
    // type, keys, then certificate, key, chain and roots as the keys they come from; or what is missing
    public static TheoryData<string, string, string> Layouts() =>
    [
        new("Opaque", "ca-cert.pem ca-key.pem cert-chain.pem root-cert.pem", "ca-cert.pem ca-key.pem cert-chain.pem root-cert.pem") { Label = "cacerts" },
        new("kubernetes.io/tls", "tls.crt tls.key ca.crt", "tls.crt tls.key tls.crt ca.crt") { Label = "cert-manager" },
        new("istio.io/ca-root", "ca-cert.pem ca-key.pem root-cert.pem", "ca-cert.pem ca-key.pem ca-cert.pem ca-cert.pem") { Label = "istiod's own root: root-cert.pem may be an older one" },
        new("istio.io/ca-root", "ca-cert.pem ca-key.pem", "ca-cert.pem ca-key.pem ca-cert.pem ca-cert.pem") { Label = "the least" },
        new("Opaque", "ca-cert.pem ca-key.pem root-cert.pem", "ca-cert.pem ca-key.pem ca-cert.pem root-cert.pem") { Label = "no chain: directly below the root" },
        new("Opaque", "ca-cert.pem ca-key.pem cert-chain.pem", "lacks root-cert.pem") { Label = "a chain without a root" },
        new("Opaque", "ca-cert.pem", "lacks ca-key.pem") { Label = "no key" },
        new("kubernetes.io/tls", "tls.crt tls.key", "lacks ca.crt") { Label = "no roots" },
        new("Opaque", "", "lacks ca-cert.pem, ca-key.pem") { Label = "nothing" },
    ];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Each_layout_is_read_as_istiod_reads_it(string type, string keys, string expected)
    {
        var data = keys.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(key => key, Encoding.UTF8.GetBytes);
        var outcome = SecretMaterial.Read("a/b", new V1Secret { Type = type, Data = data });
        var found = outcome switch
        {
            PluginFilesOutcome.Found(var files) => $"{files.Certificate} {files.Key} {files.Chain} {files.Roots}",
            PluginFilesOutcome.Incomplete(var fault) => fault,
            _ => "",
        };
        Assert.EndsWith(expected, found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_without_content_lacks_everything() =>
        Assert.IsType<PluginFilesOutcome.Incomplete>(SecretMaterial.Read("a/b", new V1Secret()));
}
