using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace MeshCA.Rpc.Bundles;

/// <summary>The trust bundle in one form.</summary>
internal sealed class BundleDocument
{
    private const int HashDigits = 16;

    /// <summary>Takes a document.</summary>
    public BundleDocument(string contentType, byte[] body, ulong sequence)
    {
        ContentType = contentType;
        Body = body;
        Tag = new(string.Create(
            CultureInfo.InvariantCulture, $"\"{sequence}-{Convert.ToHexStringLower(SHA256.HashData(body))[..HashDigits]}\""));
    }

    /// <summary>Its media type.</summary>
    public string ContentType { get; }

    /// <summary>The document.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Its tag (RFC 9110 §8.8.3): the bundle's sequence, and a hash, since two forms of one sequence are not the same bytes.</summary>
    public EntityTagHeaderValue Tag { get; }

    /// <summary>Reads the sequence off a tag that a reader shows.</summary>
    /// <param name="tag">Untrusted.</param>
    /// <param name="sequence">The sequence; whoever shows it has had that bundle, if it is honest.</param>
    public static bool TryReadSequence(EntityTagHeaderValue tag, out long sequence)
    {
        // Without a weakness of the tag: a proxy that compresses says so by `W/`, and the bundle is the same.
        var text = tag.Tag.AsSpan().Trim('"');
        var dash = text.IndexOf('-');
        sequence = 0;
        return dash > 0
            && text.Length == dash + 1 + HashDigits
            && long.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }
}
