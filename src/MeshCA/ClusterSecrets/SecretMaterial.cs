using System.Text;
using KubernetesClient.Models;
using MeshCA.Authorities.Plugin;

namespace MeshCA.ClusterSecrets;

/// <summary>Reads an authority out of a secret in one of the layouts that Istio knows (istio-ca §4.1, §4.2); pure.</summary>
internal static class SecretMaterial
{
    private const int MaxLength = 1 << 20;

    /// <summary>Reads one: <c>tls.crt, tls.key, ca.crt</c> where <c>tls.crt</c> is; else <c>ca-cert.pem, ca-key.pem, cert-chain.pem, root-cert.pem</c>.</summary>
    /// <param name="name">What messages call the secret.</param>
    /// <param name="secret">The secret; untrusted.</param>
    public static PluginFilesOutcome Read(string name, V1Secret secret)
    {
        var data = secret.Data ?? new Dictionary<string, byte[]>();
        var isTls = data.ContainsKey("tls.crt");
        string[] needed = isTls ? ["tls.crt", "tls.key", "ca.crt"] : ["ca-cert.pem", "ca-key.pem"];
        var missing = needed.Where(key => !data.TryGetValue(key, out var value) || value.Length == 0).ToList();
        if (missing.Count > 0)
        {
            return new PluginFilesOutcome.Incomplete($"secret `{name}` lacks {string.Join(", ", missing)}");
        }

        if (data.Values.Sum(value => (long)value.Length) > MaxLength)
        {
            return new PluginFilesOutcome.Incomplete($"secret `{name}` is larger than {MaxLength} bytes");
        }

        return isTls ? Found("tls.crt", "tls.key", "tls.crt", "ca.crt") : ReadIstio();

        PluginFilesOutcome ReadIstio()
        {
            var hasChain = Text("cert-chain.pem").Trim().Length > 0;
            return (hasChain, Text("root-cert.pem").Trim().Length > 0) switch
            {
                (true, true) => Found("ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem"),

                // Istiod's own root: its rotation never renews root-cert.pem, so the certificate alone is the bundle (istio-ca §4.2, §5.1).
                (false, _) when secret.Type == "istio.io/ca-root" || Text("root-cert.pem").Trim().Length == 0
                    || Text("root-cert.pem").Trim() == Text("ca-cert.pem").Trim() => Found("ca-cert.pem", "ca-key.pem", "ca-cert.pem", "ca-cert.pem"),
                (false, true) => Found("ca-cert.pem", "ca-key.pem", "ca-cert.pem", "root-cert.pem"),
                _ => new PluginFilesOutcome.Incomplete($"secret `{name}` lacks root-cert.pem"),
            };
        }

        PluginFilesOutcome.Found Found(string certificate, string key, string chain, string roots) => new(
            new PluginFiles { Certificate = Text(certificate), Key = Text(key), Chain = Text(chain), Roots = Text(roots) });

        string Text(string key) => data.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : "";
    }
}
