using System.Buffers;
using AuthzEngine.Requests;

namespace AuthzEngine.Evaluation;

/// <summary>Reads the texts of attributes that have several, or that are joined from several; allocates nothing.</summary>
internal static class ManyTexts
{
    private const int OnStack = 256;

    /// <summary>Each line of a header, not split at commas; authorization-policy §3.4.</summary>
    public static bool ReadLines<TReader>(HeaderLines lines, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (reader.Read(lines[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The lines of a header as one text, as Envoy read them before CVE-2026-26308.</summary>
    public static bool ReadJoined<TReader>(HeaderLines lines, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct
    {
        if (lines.Count <= 1)
        {
            return ReadLines(lines, ref reader);
        }

        var length = lines.Count - 1;
        for (var i = 0; i < lines.Count; i++)
        {
            length += lines[i].Length;
        }

        var rented = Rent(length);
        var text = rented is null ? stackalloc char[OnStack] : rented;
        var at = 0;
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0)
            {
                text[at++] = ',';
            }

            lines[i].CopyTo(text[at..]);
            at += lines[i].Length;
        }

        return Finish(text[..length], rented, ref reader);
    }

    /// <summary>Issuer and subject as one text, <c>issuer/subject</c>.</summary>
    public static bool ReadPrincipal<TReader>(string issuer, string subject, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct
    {
        var length = issuer.Length + 1 + subject.Length;
        var rented = Rent(length);
        var text = rented is null ? stackalloc char[OnStack] : rented;
        issuer.CopyTo(text);
        text[issuer.Length] = '/';
        subject.CopyTo(text[(issuer.Length + 1)..]);
        return Finish(text[..length], rented, ref reader);
    }

    /// <summary>Each word of a text that is a list divided by single spaces; authorization-policy §3.7.</summary>
    public static bool ReadWords<TReader>(string text, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct
    {
        foreach (var range in text.AsSpan().Split(' '))
        {
            var word = text.AsSpan()[range];
            if (!word.IsEmpty && reader.Read(word))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The strings of a list; its other elements match nothing.</summary>
    public static bool ReadItems<TReader>(IReadOnlyList<ClaimValue> items, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is ClaimValue.Text(var text) && reader.Read(text))
            {
                return true;
            }
        }

        return false;
    }

    private static char[]? Rent(int length) => length > OnStack ? ArrayPool<char>.Shared.Rent(length) : null;

    private static bool Finish<TReader>(scoped ReadOnlySpan<char> text, char[]? rented, ref TReader reader)
        where TReader : struct, ITextReader, allows ref struct
    {
        var enough = reader.Read(text);
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        return enough;
    }
}
