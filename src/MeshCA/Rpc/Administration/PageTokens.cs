using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MeshCA.Storage.Queries;

namespace MeshCA.Rpc.Administration;

/// <summary>Turns places in a listing into tokens that callers can pass back and not make up.</summary>
/// <remarks>
/// A token is bound to the question and to the caller's scopes: none leads into another listing. The key lives as long as the process.
/// </remarks>
internal sealed class PageTokens : IDisposable
{
    private const int BodySize = 2 * sizeof(long);
    private const int TagSize = 16;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Makes a token.</summary>
    /// <param name="position">Where the next page begins.</param>
    /// <param name="question">What was asked, without the token.</param>
    public string Write(PageCursor position, ReadOnlySpan<byte> question)
    {
        Span<byte> token = stackalloc byte[BodySize + TagSize];
        BinaryPrimitives.WriteInt64BigEndian(token, position.Time);
        BinaryPrimitives.WriteInt64BigEndian(token[sizeof(long)..], position.Sequence);
        Tag(token[..BodySize], question).CopyTo(token[BodySize..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Reads a token.</summary>
    /// <param name="text">The token; untrusted.</param>
    /// <param name="question">What is asked, without the token.</param>
    /// <param name="position">Where the page begins, or null.</param>
    /// <returns>Whether this process made it for this question.</returns>
    public bool TryRead(string text, ReadOnlySpan<byte> question, [NotNullWhen(true)] out PageCursor? position)
    {
        position = null;
        Span<byte> token = stackalloc byte[BodySize + TagSize];
        if (text.Length != Base64Url.GetEncodedLength(token.Length)
            || !Base64Url.TryDecodeFromChars(text, token, out var length)
            || length != token.Length
            || !CryptographicOperations.FixedTimeEquals(Tag(token[..BodySize], question), token[BodySize..]))
        {
            return false;
        }

        position = new(BinaryPrimitives.ReadInt64BigEndian(token), BinaryPrimitives.ReadInt64BigEndian(token[sizeof(long)..]));
        return true;
    }

    /// <inheritdoc />
    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    private ReadOnlySpan<byte> Tag(ReadOnlySpan<byte> body, ReadOnlySpan<byte> question)
    {
        byte[] content = [.. body, .. question];
        return HMACSHA256.HashData(_key, content).AsSpan(0, TagSize);
    }
}
