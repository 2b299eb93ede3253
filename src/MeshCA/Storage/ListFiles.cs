using System.IO;
using System.Text;
using MeshCA.Revocations.Lists;
using SpiffeIdentity.Pem;

namespace MeshCA.Storage;

/// <summary>Revocation lists in files of the operator's, DER or PEM; a PEM file may hold several.</summary>
/// <param name="paths">The files.</param>
internal sealed class ListFiles(IReadOnlyList<string> paths) : IListFiles
{
    private const int MaxFileLength = 16 << 20;
    private const int MaxLists = 64;
    private const string Label = "X509 CRL";

    /// <inheritdoc />
    public IReadOnlyList<ListFile> Read() => [.. paths.SelectMany(Read)];

    private static IEnumerable<ListFile> Read(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= MaxFileLength
                ? Divide(path, File.ReadAllBytes(path))
                : [new(path, default, $"it is larger than {MaxFileLength} bytes")];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new(path, default, e.Message)];
        }
    }

    // DER begins with a SEQUENCE, which is no letter of PEM.
    private static List<ListFile> Divide(string path, byte[] content)
    {
        if (content is [0x30, ..])
        {
            return [new(path, content, "")];
        }

        var files = new List<ListFile>();
        var reader = new PemReader(Encoding.ASCII.GetString(content));
        while (files.Count < MaxLists)
        {
            if (!reader.TryRead(out var label, out var der, out var error))
            {
                return error == PemError.NoBlock && files.Count > 0 ? files : [new(path, default, $"it is neither DER nor PEM: {error}")];
            }

            if (!label.SequenceEqual(Label))
            {
                return [new(path, default, $"it holds a block `{label}`, not `{Label}`")];
            }

            files.Add(new(path, der, ""));
        }

        return [new(path, default, $"it holds more than {MaxLists} lists")];
    }
}
