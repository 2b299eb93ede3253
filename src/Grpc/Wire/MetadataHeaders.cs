using System.Diagnostics.CodeAnalysis;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>Metadata to headers and back.</summary>
internal static class MetadataHeaders
{
    /// <summary>Adds a received header, unless it is the protocol's own.</summary>
    /// <param name="metadata">Where to add it.</param>
    /// <param name="name">Its name; untrusted.</param>
    /// <param name="value">Its value; untrusted. What is no metadata (a name with other characters, bytes that are not
    /// base64) is left out: it must not end a call whose handler never looks at it.</param>
    public static void AddReceived(Metadata metadata, string name, string value)
    {
        if (HeaderNames.IsReserved(name) || !Metadata.Entry.TryNormalize(name, out var key))
        {
            return;
        }

        if (!key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.Ordinal))
        {
            metadata.Add(Metadata.Entry.Received(key, value));
            return;
        }

        // Intermediaries may join the values of one key by commas, which base64 has not.
        foreach (var part in value.AsSpan().Split(','))
        {
            if (BinaryHeader.TryDecode(value.AsSpan()[part], out var bytes))
            {
                metadata.Add(Metadata.Entry.Received(key, bytes));
            }
        }
    }

    /// <summary>The header value of an entry.</summary>
    /// <returns>False if it cannot be sent: a reserved name, or a text that is not printable ASCII.</returns>
    public static bool TryFormat(Metadata.Entry entry, [NotNullWhen(true)] out string? value)
    {
        value = null;
        if (HeaderNames.IsReserved(entry.Key) || (!entry.IsBinary && entry.Value.AsSpan().ContainsAnyExceptInRange(' ', '~')))
        {
            return false;
        }

        value = entry.IsBinary ? BinaryHeader.Encode(entry.Bytes) : entry.Value;
        return true;
    }
}
