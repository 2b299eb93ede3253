using System.Buffers;
using System.Globalization;
using System.Text;

namespace AuthzEngine.Normalization;

/// <summary>Canonicalizes a path by RFC 3986 §6.2.2 with the liberties that Envoy's URL library takes, in one pass.</summary>
/// <remarks>
/// Dot segments go, also where their dots are escaped; a backslash is a slash; escaped unreserved characters are decoded,
/// once; other escapes stay as written, also malformed ones; what may not stand in a path is escaped.
/// </remarks>
internal ref struct PathCanonicalizer(ReadOnlySpan<char> input, Span<char> output)
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> Plain = SearchValues.Create(Letters + "-._~!$&'()*+,/:;=@[]");

    private static readonly SearchValues<char> Unreserved = SearchValues.Create(Letters + "-._~");

    private readonly ReadOnlySpan<char> _input = input;
    private readonly Span<char> _output = output;
    private int _length;

    /// <summary>Room for what a path becomes: nine characters for one of three octets, and a slash before all.</summary>
    public static int MaxLength(int pathLength) => (pathLength * 9) + 1;

    /// <summary>Whether a path surely stays as it is.</summary>
    public static bool IsCanonical(ReadOnlySpan<char> path) =>
        path is ['/', ..] && !path.ContainsAnyExcept(Plain) && !path.Contains("/.", StringComparison.Ordinal);

    /// <summary>Writes the canonical path.</summary>
    /// <returns>Its length; negative where there is none.</returns>
    public int Run()
    {
        if (_input is not ['/' or '\\', ..])
        {
            Write('/');
        }

        var at = 0;
        while (at < _input.Length)
        {
            var read = Dots(at);
            read = read > 0 ? read : Character(at);
            if (read <= 0)
            {
                return -1;
            }

            at += read;
        }

        return _length;
    }

    // A segment that is one or two dots, with the slash that ends it; or a dot that is only part of a name.
    private int Dots(int at)
    {
        var first = DotLength(at);
        if (first == 0)
        {
            return 0;
        }

        var second = DotLength(at + first);
        if (_output[_length - 1] == '/' && EndsSegment(at + first, out var slash))
        {
            return first + slash;
        }

        if (_output[_length - 1] == '/' && second > 0 && EndsSegment(at + first + second, out slash))
        {
            Ascend();
            return first + second + slash;
        }

        Write('.');
        return first;
    }

    private readonly int DotLength(int at) => _input[Math.Min(at, _input.Length)..] switch
    {
        ['.', ..] => 1,
        ['%', '2', 'e' or 'E', ..] => 3,
        _ => 0,
    };

    private readonly bool EndsSegment(int at, out int slash)
    {
        slash = at < _input.Length && _input[at] is '/' or '\\' ? 1 : 0;
        return at == _input.Length || slash == 1;
    }

    // To behind the slash before the last segment; the root has nothing above it.
    private void Ascend() => _length = _output[..(_length - 1)].LastIndexOf('/') is var slash and >= 0 ? slash + 1 : _length;

    private int Character(int at)
    {
        var letter = _input[at];
        switch (letter)
        {
            case '\0':
                return 0;
            case '\\':
                Write('/');
                return 1;
            case '%':
                return Escape(_input[at..]);
            case var plain when Plain.Contains(plain):
                Write(letter);
                return 1;
            default:
                return Escaped(_input[at..]);
        }
    }

    private int Escape(ReadOnlySpan<char> rest)
    {
        if (rest is not [_, var high, var low, ..] || !char.IsAsciiHexDigit(high) || !char.IsAsciiHexDigit(low))
        {
            Write('%'); // no escape at all: browsers and Envoy let it pass
            return 1;
        }

        var octet = byte.Parse(rest[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (octet == 0)
        {
            return 0;
        }

        if (Unreserved.Contains((char)octet))
        {
            Write((char)octet);
            return 3;
        }

        Write(rest[..3]); // its hexadecimal letters keep their case
        return 3;
    }

    private int Escaped(ReadOnlySpan<char> rest)
    {
        if (Rune.DecodeFromUtf16(rest, out var rune, out var read) != OperationStatus.Done)
        {
            return 0;
        }

        Span<byte> octets = stackalloc byte[4];
        foreach (var octet in octets[..rune.EncodeToUtf8(octets)])
        {
            Write('%');
            _ = octet.TryFormat(_output[_length..], out var written, "X2", CultureInfo.InvariantCulture);
            _length += written;
        }

        return read;
    }

    private void Write(char letter) => _output[_length++] = letter;

    private void Write(ReadOnlySpan<char> text)
    {
        text.CopyTo(_output[_length..]);
        _length += text.Length;
    }
}
