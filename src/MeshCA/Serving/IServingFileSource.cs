using MeshCA.Cryptography;

namespace MeshCA.Serving;

/// <summary>Reads a serving certificate that somebody else issued.</summary>
internal interface IServingFileSource
{
    /// <summary>Reads both files.</summary>
    /// <exception cref="System.IO.IOException">A file cannot be read.</exception>
    ServingFiles Read();
}

/// <summary>The PEM texts of a serving certificate with chain, and of its key.</summary>
internal sealed class ServingFiles(string certificates, string key)
{
    public string Certificates { get; } = certificates;

    public string Key { get; } = key;

    /// <summary>Tells one content from another: kubelet swaps links, which no watcher sees reliably.</summary>
    public Fingerprint Content { get; } = Fingerprint.Of(System.Text.Encoding.UTF8.GetBytes(certificates + '\0' + key));
}
