using System.IO;
using MeshCA.Cryptography;
using MeshCA.Serving;

namespace MeshCA.Storage;

/// <summary>A serving certificate in two PEM files, compared by content: kubelet swaps links, which no watcher sees reliably.</summary>
internal sealed class ServingFileSource(string certificateFile, string keyFile) : IServingFileSource
{
    private const int MaxFileLength = 1 << 20;
    private Fingerprint? _last;

    /// <inheritdoc />
    public ServingFiles? ReadIfChanged()
    {
        var certificates = ReadBounded(certificateFile);
        var key = ReadBounded(keyFile);
        var content = Fingerprint.Of(System.Text.Encoding.UTF8.GetBytes(certificates + '\0' + key));
        if (content.Equals(_last))
        {
            return null;
        }

        _last = content;
        return new ServingFiles(certificates, key);
    }

    private static string ReadBounded(string path) => new FileInfo(path).Length <= MaxFileLength
        ? File.ReadAllText(path)
        : throw new IOException($"`{path}` is larger than {MaxFileLength} bytes");
}
