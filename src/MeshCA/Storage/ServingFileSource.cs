using System.IO;
using MeshCA.Serving;

namespace MeshCA.Storage;

/// <summary>A serving certificate in two PEM files.</summary>
internal sealed class ServingFileSource(string certificateFile, string keyFile) : IServingFileSource
{
    private const int MaxFileLength = 1 << 20;

    /// <inheritdoc />
    public ServingFiles Read() => new(ReadBounded(certificateFile), ReadBounded(keyFile));

    private static string ReadBounded(string path) => new FileInfo(path).Length <= MaxFileLength
        ? File.ReadAllText(path)
        : throw new IOException($"`{path}` is larger than {MaxFileLength} bytes");
}
