using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MeshCA.Authentication.Tokens;

/// <summary>SHA-256 of a token: what a cache may hold of it.</summary>
/// <remarks><c>default</c> is all zero, which no token hashes to in practice; it finds nothing.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TokenHash(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    /// <summary>Hashes a token.</summary>
    /// <param name="token">The token, its length already bounded; untrusted.</param>
    /// <param name="hash">Its hash.</param>
    /// <returns>Whether it is ASCII; what is not could share its octets with another text.</returns>
    public static bool TryCompute(ReadOnlySpan<char> token, out TokenHash hash)
    {
        var rented = ArrayPool<byte>.Shared.Rent(token.Length);
        try
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            var ascii = Ascii.FromUtf16(token, rented, out var length) == OperationStatus.Done;
            SHA256.HashData(rented.AsSpan(0, length), digest);
            hash = ascii ? MemoryMarshal.Read<TokenHash>(digest) : default;
            return ascii;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>The first 16 hexadecimal digits of the SHA-256.</summary>
    public string ToShortText()
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        MemoryMarshal.Write(bytes, this);
        return Convert.ToHexStringLower(bytes[..8]);
    }
}
