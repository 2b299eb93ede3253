using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Pem;

/// <summary>Reads PEM blocks (RFC 7468) from untrusted text, in time linear in its length.</summary>
/// <remarks>
/// Text before a block is skipped, line ends may be LF or CRLF. A broken block is an error and never skipped: that
/// would silently use another certificate than the one the author sees first.
/// </remarks>
public ref struct PemReader
{
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const string Dashes = "-----";
    private const int MaxLabelLength = 64;

    private ReadOnlySpan<char> _rest;

    /// <summary>Begins at the start of a text.</summary>
    /// <param name="text">The text; untrusted, of a length that the caller has limited.</param>
    public PemReader(ReadOnlySpan<char> text) => _rest = text;

    /// <summary>Reads the next block.</summary>
    /// <param name="label">What stands after BEGIN.</param>
    /// <param name="content">The decoded bytes, or null.</param>
    /// <param name="error"><see cref="PemError.NoBlock"/> after the last block, or the rule that the next one breaks.</param>
    /// <returns>Whether a block was read.</returns>
    public bool TryRead(out ReadOnlySpan<char> label, [NotNullWhen(true)] out byte[]? content, out PemError error)
    {
        content = null;
        if (!TryFindBegin(out label, out error) || !TryCutBody(label, out var body, out error))
        {
            return false;
        }

        content = Decode(body);
        error = content is null ? PemError.BadBase64 : PemError.None;
        return content is not null;
    }

    private bool TryFindBegin(out ReadOnlySpan<char> label, out PemError error)
    {
        label = [];
        error = PemError.NoBlock;
        var begin = IndexOfLineStart(_rest);
        if (begin < 0)
        {
            _rest = [];
            return false;
        }

        _rest = _rest[(begin + Begin.Length)..];
        var end = _rest[..Math.Min(_rest.Length, MaxLabelLength + Dashes.Length)].IndexOf(Dashes, StringComparison.Ordinal);
        error = end < 0 || _rest[..end].ContainsAny('\r', '\n') ? PemError.BadBegin : PemError.None;
        if (error != PemError.None)
        {
            return false;
        }

        label = _rest[..end];
        _rest = _rest[(end + Dashes.Length)..];
        return true;
    }

    private bool TryCutBody(scoped ReadOnlySpan<char> label, out ReadOnlySpan<char> body, out PemError error)
    {
        var end = _rest.IndexOf(Dashes, StringComparison.Ordinal);
        body = end < 0 ? [] : _rest[..end];
        var tail = end < 0 ? [] : _rest[end..];
        if (!tail.StartsWith(End, StringComparison.Ordinal)
            || !tail[End.Length..].StartsWith(label, StringComparison.Ordinal)
            || !tail[(End.Length + label.Length)..].StartsWith(Dashes, StringComparison.Ordinal))
        {
            error = PemError.BadEnd;
            return false;
        }

        _rest = tail[(End.Length + label.Length + Dashes.Length)..];
        error = PemError.None;
        return true;
    }

    /// <summary>RFC 7468 §3: an encapsulation boundary begins its line.</summary>
    private static int IndexOfLineStart(ReadOnlySpan<char> text)
    {
        var from = 0;
        while (text[from..].IndexOf(Begin, StringComparison.Ordinal) is var found and >= 0)
        {
            var begin = from + found;
            if (begin == 0 || text[begin - 1] is '\n' or '\r')
            {
                return begin;
            }

            from = begin + Begin.Length;
        }

        return -1;
    }

    private static byte[]? Decode(ReadOnlySpan<char> body)
    {
        if (!Base64.IsValid(body, out var length) || length == 0)
        {
            return null;
        }

        var content = new byte[length];
        return Convert.TryFromBase64Chars(body, content, out var written) && written == length ? content : null;
    }
}
