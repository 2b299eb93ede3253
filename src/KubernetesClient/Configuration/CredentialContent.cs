using System.IO;
using System.Text;

namespace KubernetesClient.Configuration;

/// <summary>Bytes of a key, token or certificate: given, or in a file that may be rotated. Its printed form shows the file's name alone.</summary>
public sealed class CredentialContent
{
    /// <summary>Most bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    private readonly byte[]? _bytes;

    private CredentialContent(byte[]? bytes, string? path) => (_bytes, Path) = (bytes, path);

    /// <summary>The file; null where the bytes are given.</summary>
    public string? Path { get; }

    /// <summary>Content that is given.</summary>
    /// <param name="bytes">The content; kept, not copied.</param>
    public static CredentialContent Of(byte[] bytes) => new(bytes, null);

    /// <summary>Content that is given as text.</summary>
    /// <param name="text">The content.</param>
    public static CredentialContent Of(string text) => new(Encoding.UTF8.GetBytes(text), null);

    /// <summary>Content of a file, read whenever it is needed.</summary>
    /// <param name="path">The file.</param>
    public static CredentialContent In(string path) => new(null, path);

    /// <summary>Reads it as it is now.</summary>
    /// <returns>The bytes; null where the file cannot be read, or is too large.</returns>
    public byte[]? Read()
    {
        if (_bytes is not null)
        {
            return _bytes;
        }

        try
        {
            using var file = new FileStream(Path!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[4096];
            using var content = new MemoryStream();
            for (int read; (read = file.Read(buffer)) > 0;)
            {
                content.Write(buffer.AsSpan(0, read));
                if (content.Length > MaxBytes)
                {
                    return null;
                }
            }

            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public override string ToString() => Path ?? "given content";
}
