using System.Buffers.Binary;
using System.Text;

namespace MeshCA.Storage.Chaining;

/// <summary>Writes values so that different values never give the same bytes: this is what the hash chain covers.</summary>
/// <remarks>
/// Numbers are 8 bytes, big-endian. Texts and bytes carry their length in 4; a null has length 0xFFFFFFFF. The order of
/// the fields is fixed by each row's format version.
/// </remarks>
internal sealed class CanonicalWriter
{
    private byte[] _buffer = new byte[512];
    private int _length;

    /// <summary>What was written so far; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Starts again.</summary>
    public CanonicalWriter Clear()
    {
        _length = 0;
        return this;
    }

    /// <summary>Writes a number.</summary>
    public CanonicalWriter Number(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Reserve(sizeof(long)), value);
        return this;
    }

    /// <summary>Writes a number that may be missing.</summary>
    public CanonicalWriter Number(long? value) => value is { } number ? Number(1L).Number(number) : Number(0L);

    /// <summary>Writes bytes; an empty value and a missing one differ.</summary>
    public CanonicalWriter Bytes(byte[]? value)
    {
        Length(value?.Length);
        value?.CopyTo(Reserve(value.Length));
        return this;
    }

    /// <summary>Writes a text in UTF-8; an empty value and a missing one differ.</summary>
    public CanonicalWriter Text(string? value)
    {
        var size = value is null ? default(int?) : Encoding.UTF8.GetByteCount(value);
        Length(size);
        Encoding.UTF8.GetBytes(value, Reserve(size ?? 0));
        return this;
    }

    private void Length(int? length) =>
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(sizeof(uint)), length is { } known ? (uint)known : uint.MaxValue);

    private Span<byte> Reserve(int size)
    {
        if (_length + size > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + size));
        }

        var span = _buffer.AsSpan(_length, size);
        _length += size;
        return span;
    }
}
