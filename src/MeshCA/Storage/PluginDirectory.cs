using System.IO;
using MeshCA.Authorities.Plugin;

namespace MeshCA.Storage;

/// <summary>A directory with a plug-in authority, in Istio's layout or that of a kubernetes.io/tls secret (istio-ca §4.1).</summary>
/// <param name="path">The directory.</param>
internal sealed class PluginDirectory(string path) : IPluginFileSource
{
    private const string IstioCertificate = "ca-cert.pem";
    private const string IstioKey = "ca-key.pem";
    private const string IstioChain = "cert-chain.pem";
    private const string IstioRoots = "root-cert.pem";
    private const string SecretCertificate = "tls.crt";
    private const string SecretKey = "tls.key";
    private const string SecretRoots = "ca.crt";
    private const int MaxFileLength = 1 << 20;

    /// <inheritdoc />
    public ValueTask<PluginFilesOutcome> ReadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Read());

    private PluginFilesOutcome Read()
    {
        // As istiod: where tls.crt is, the directory is a TLS secret.
        var isSecret = File.Exists(Path.Combine(path, SecretCertificate));
        string[] names = isSecret
            ? [SecretCertificate, SecretKey, SecretCertificate, SecretRoots]
            : [IstioCertificate, IstioKey, IstioChain, IstioRoots];
        var missing = names.Where(name => !File.Exists(Path.Combine(path, name))).Distinct().ToList();
        if (missing.Count > 0)
        {
            return new PluginFilesOutcome.Incomplete($"`{path}` lacks {string.Join(", ", missing)}");
        }

        try
        {
            var texts = names.Select(ReadBounded).ToArray();
            return new PluginFilesOutcome.Found(
                new PluginFiles { Certificate = texts[0], Key = texts[1], Chain = texts[2], Roots = texts[3] });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new PluginFilesOutcome.Incomplete(e.Message);
        }
    }

    private string ReadBounded(string name)
    {
        var file = new FileInfo(Path.Combine(path, name));
        return file.Length <= MaxFileLength
            ? File.ReadAllText(file.FullName)
            : throw new IOException($"`{file.FullName}` is larger than {MaxFileLength} bytes");
    }
}
