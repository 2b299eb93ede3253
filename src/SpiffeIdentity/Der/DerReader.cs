using System.Formats.Asn1;

namespace SpiffeIdentity.Der;

/// <summary>Reads DER (X.690 §10) from untrusted bytes, element by element, without exceptions or allocations.</summary>
/// <remarks>Every method returns false and reads nothing where the next element is not what was asked for.</remarks>
public ref struct DerReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins at the first element of a content.</summary>
    /// <param name="content">Elements one after the other; untrusted.</param>
    public DerReader(ReadOnlySpan<byte> content) => _rest = content;

    /// <summary>Whether everything is read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Whether the next element is well-formed and has a tag.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>Whether the next element has it.</returns>
    public readonly bool IsNext(Asn1Tag tag) => TryPeek(out var next, out _, out _) && next == tag;

    /// <summary>Reads any element.</summary>
    /// <param name="tag">Its tag.</param>
    /// <param name="content">Its content.</param>
    /// <param name="encoded">The whole element.</param>
    /// <returns>Whether there is a well-formed element.</returns>
    public bool TryReadAny(out Asn1Tag tag, out ReadOnlySpan<byte> content, out ReadOnlySpan<byte> encoded)
    {
        if (!TryPeek(out tag, out content, out encoded))
        {
            return false;
        }

        _rest = _rest[encoded.Length..];
        return true;
    }

    /// <summary>Reads an element with a known tag.</summary>
    /// <param name="tag">The tag, with its constructed bit.</param>
    /// <param name="content">Its content.</param>
    /// <returns>Whether the next element has the tag.</returns>
    public bool TryRead(Asn1Tag tag, out ReadOnlySpan<byte> content) => TryRead(tag, out content, out _);

    /// <summary>Reads an element with a known tag.</summary>
    /// <param name="tag">The tag, with its constructed bit.</param>
    /// <param name="content">Its content.</param>
    /// <param name="encoded">The whole element.</param>
    /// <returns>Whether the next element has the tag.</returns>
    public bool TryRead(Asn1Tag tag, out ReadOnlySpan<byte> content, out ReadOnlySpan<byte> encoded)
    {
        if (TryPeek(out var next, out content, out encoded) && next == tag)
        {
            _rest = _rest[encoded.Length..];
            return true;
        }

        content = encoded = [];
        return false;
    }

    /// <summary>Reads a SEQUENCE.</summary>
    /// <param name="elements">A reader of its elements.</param>
    /// <returns>Whether the next element is a SEQUENCE.</returns>
    public bool TryReadSequence(out DerReader elements) => TryReadSequence(out elements, out _);

    /// <summary>Reads a SEQUENCE.</summary>
    /// <param name="elements">A reader of its elements.</param>
    /// <param name="encoded">The whole SEQUENCE.</param>
    /// <returns>Whether the next element is a SEQUENCE.</returns>
    public bool TryReadSequence(out DerReader elements, out ReadOnlySpan<byte> encoded)
    {
        var found = TryRead(Asn1Tag.Sequence, out var content, out encoded);
        elements = new DerReader(content);
        return found;
    }

    /// <summary>Reads an OBJECT IDENTIFIER.</summary>
    /// <param name="oid">Its content, to compare with a known one; not decoded.</param>
    /// <returns>Whether the next element is an OBJECT IDENTIFIER in its shortest form.</returns>
    public bool TryReadOid(out ReadOnlySpan<byte> oid)
    {
        var probe = this;
        if (!probe.TryRead(Asn1Tag.ObjectIdentifier, out oid) || !IsOid(oid))
        {
            oid = [];
            return false;
        }

        this = probe;
        return true;
    }

    /// <summary>Reads an INTEGER that is not negative.</summary>
    /// <param name="magnitude">Its big-endian digits without leading zeros; one zero byte for zero.</param>
    /// <returns>Whether the next element is an INTEGER of zero or more in its shortest form.</returns>
    public bool TryReadUnsigned(out ReadOnlySpan<byte> magnitude)
    {
        var probe = this;
        if (!probe.TryRead(Asn1Tag.Integer, out magnitude)
            || magnitude is [] or [>= 0x80, ..] or [0, < 0x80, ..]) // X.690 §8.3.2: shortest form
        {
            magnitude = [];
            return false;
        }

        magnitude = magnitude is [0, _, ..] ? magnitude[1..] : magnitude;
        this = probe;
        return true;
    }

    /// <summary>Reads a BOOLEAN.</summary>
    /// <param name="value">Its value.</param>
    /// <returns>Whether the next element is a BOOLEAN, all ones for true (X.690 §11.1).</returns>
    public bool TryReadBoolean(out bool value)
    {
        var probe = this;
        value = false;
        if (!probe.TryRead(Asn1Tag.Boolean, out var content) || content is not [0x00 or 0xFF])
        {
            return false;
        }

        value = content[0] != 0;
        this = probe;
        return true;
    }

    /// <summary>Reads a BIT STRING of whole bytes.</summary>
    /// <param name="bits">Its bytes.</param>
    /// <returns>Whether the next element is a BIT STRING without unused bits.</returns>
    public bool TryReadBits(out ReadOnlySpan<byte> bits)
    {
        var probe = this;
        if (!probe.TryRead(Asn1Tag.PrimitiveBitString, out var content) || content is not [0, ..])
        {
            bits = [];
            return false;
        }

        bits = content[1..];
        this = probe;
        return true;
    }

    /// <summary>Reads a BIT STRING of at most 16 named bits.</summary>
    /// <param name="bits">Bit 0 of the BIT STRING as the highest bit.</param>
    /// <returns>Whether the next element is such a BIT STRING without trailing zero bits (X.690 §11.2.2).</returns>
    public bool TryReadNamedBits(out ushort bits)
    {
        var probe = this;
        bits = 0;
        if (!probe.TryRead(Asn1Tag.PrimitiveBitString, out var content)
            || content is not ([0] or [<= 7, _] or [<= 7, _, _])
            || (content.Length > 1 && (content[^1] & ((1 << (content[0] + 1)) - 1)) != 1 << content[0]))
        {
            return false;
        }

        bits = (ushort)((content.Length > 1 ? content[1] << 8 : 0) | (content.Length > 2 ? content[2] : 0));
        this = probe;
        return true;
    }

    /// <summary>Whether bytes are well-formed elements, one after the other, all the way down.</summary>
    /// <param name="content">The bytes; untrusted.</param>
    /// <param name="maxDepth">How many levels of constructed elements are allowed; bounds the recursion.</param>
    /// <returns>Whether every element is well-formed.</returns>
    public static bool IsWellFormed(ReadOnlySpan<byte> content, int maxDepth)
    {
        var reader = new DerReader(content);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadAny(out var tag, out var inner, out _)
                || (tag.IsConstructed && (maxDepth <= 0 || !IsWellFormed(inner, maxDepth - 1))))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsOid(ReadOnlySpan<byte> oid)
    {
        // X.690 §8.19.2: each number ends in a byte below 0x80 and never begins with 0x80.
        var atStart = true;
        foreach (var octet in oid)
        {
            if (atStart && octet == 0x80)
            {
                return false;
            }

            atStart = octet < 0x80;
        }

        return !oid.IsEmpty && atStart;
    }

    private readonly bool TryPeek(out Asn1Tag tag, out ReadOnlySpan<byte> content, out ReadOnlySpan<byte> encoded)
    {
        if (AsnDecoder.TryReadEncodedValue(
            _rest, AsnEncodingRules.DER, out tag, out var offset, out var length, out var consumed))
        {
            content = _rest.Slice(offset, length);
            encoded = _rest[..consumed];
            return true;
        }

        content = encoded = [];
        return false;
    }
}
