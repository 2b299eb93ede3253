using System.Buffers;
using System.IO;

namespace MeshCA.Admin;

/// <summary>Reads bearer tokens from files.</summary>
internal static class TokenFile
{
    private const int MaxLength = 64 * 1024;

    // RFC 6750 §2.1: what a bearer token is made of; anything else cannot travel in a header.
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Reads one.</summary>
    /// <param name="file">The file; <c>-</c> is standard input.</param>
    /// <param name="console">The streams.</param>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static string Read(string file, AdminConsole console)
    {
        using var reader = new StreamReader(file == "-" ? console.OpenInput() : File.OpenRead(file));
        var buffer = new char[MaxLength];
        var length = reader.ReadBlock(buffer);
        var token = buffer.AsSpan(0, length).Trim();
        return token.IsEmpty || token.ContainsAnyExcept(Characters)
            ? throw new InvalidDataException($"`{file}` holds no token")
            : token.ToString();
    }
}
