using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MeshCA.Agent.Connecting;

/// <summary>A file that holds a bearer token, such as kubelet's projection, which changes long before the token ends.</summary>
internal static class TokenFile
{
    private const int MaxLength = 64 * 1024;

    // RFC 6750 §2.1: what a bearer token is made of; anything else cannot travel in a header.
    private static readonly SearchValues<byte> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="u8);

    /// <summary>Reads the present token.</summary>
    /// <param name="path">The file.</param>
    /// <param name="token">The token, or null. Secret.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out string? token, [NotNullWhen(false)] out string? fault)
    {
        token = null;
        if (SmallFile.TryRead(path, MaxLength, out fault) is not { } bytes)
        {
            fault ??= $"`{path}` cannot be read";
            return false;
        }

        var text = bytes.AsSpan().Trim(" \t\r\n"u8);
        token = text.IsEmpty || text.ContainsAnyExcept(TokenCharacters) ? null : Encoding.ASCII.GetString(text);
        fault = token is null ? $"`{path}` holds no token" : null;
        return fault is null;
    }
}
