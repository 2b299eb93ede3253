using System.IO;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Clustered;

/// <summary>A root as istiod makes it, by openssl: RSA, an organization and no other name, keyCertSign alone, no path length (istio-ca §4.2).</summary>
internal sealed class IstioRoot : IDisposable
{
    private readonly TemporaryDirectory _directory;

    private IstioRoot(TemporaryDirectory directory, string rootPem, string keyPem) => (_directory, RootPem, KeyPem) = (directory, rootPem, keyPem);

    public string RootPem { get; }

    public string KeyPem { get; }

    public static async Task<IstioRoot> CreateAsync()
    {
        var directory = new TemporaryDirectory();
        var (key, root) = (directory.File("key.pem"), directory.File("root.pem"));
        await OpenSsl.RunAsync(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", root, "-subj", "/O=cluster.local", "-days", "3650",
            "-addext", "keyUsage=critical,keyCertSign", "-addext", "basicConstraints=critical,CA:TRUE");
        return new(directory, await ReadAsync(root), await ReadAsync(key));
    }

    /// <summary>A workload's certificate as istiod signs it, directly below the root.</summary>
    public async Task<string> LeafAsync()
    {
        var (csr, extensions, leaf) = (_directory.File("leaf.csr"), _directory.File("leaf.ext"), _directory.File("leaf.pem"));
        await OpenSsl.RunAsync("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/", "-out", csr);
        await File.WriteAllTextAsync(
            extensions,
            "subjectAltName=critical,URI:spiffe://cluster.local/ns/shop/sa/old\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
            + "extendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=critical,CA:FALSE\n",
            TestContext.Current.CancellationToken);
        await OpenSsl.RunAsync(
            "x509", "-req", "-in", csr, "-CA", _directory.File("root.pem"), "-CAkey", _directory.File("key.pem"), "-CAcreateserial",
            "-days", "1", "-extfile", extensions, "-out", leaf);
        return await ReadAsync(leaf);
    }

    /// <summary>Has openssl verify a leaf.</summary>
    public async Task VerifyAsync(string leaf, string intermediates, string? roots = null)
    {
        var (leafFile, rootFile, middleFile) = (_directory.File("check.pem"), _directory.File("check-roots.pem"), _directory.File("check-middle.pem"));
        await File.WriteAllTextAsync(leafFile, leaf, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(rootFile, roots ?? RootPem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(middleFile, intermediates + RootPem, TestContext.Current.CancellationToken);
        Assert.Contains(
            "OK", await OpenSsl.RunAsync("verify", "-x509_strict", "-CAfile", rootFile, "-untrusted", middleFile, leafFile), StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
}
