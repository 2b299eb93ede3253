using System.Security.Cryptography;

namespace MeshCA.Policies;

/// <summary>A text as it was read; two with the same content are equal.</summary>
/// <param name="utf8">The content; not copied, so nobody may change it.</param>
internal sealed class SourceText(ReadOnlyMemory<byte> utf8) : IEquatable<SourceText>
{
    /// <summary>The content.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; } = utf8;

    /// <summary>SHA-256 of the content in hexadecimal, which stands for it.</summary>
    public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(utf8.Span));

    /// <summary>Whether it says nothing, not even in a comment: what a file looks like that is just being written, or was cut off.</summary>
    public bool IsBlank => Utf8.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    /// <inheritdoc />
    public bool Equals(SourceText? other) => other is not null && other.Hash == Hash;

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as SourceText);

    /// <inheritdoc />
    public override int GetHashCode() => Hash.GetHashCode(StringComparison.Ordinal);
}
