using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace MeshCA.Admin.Inspection;

/// <summary>Why bytes hold no certificates.</summary>
internal enum CertificateInputError
{
    /// <summary>They do.</summary>
    None,

    /// <summary>There are more than <see cref="CertificateBlocks.MaxBytes"/> bytes.</summary>
    TooLarge,

    /// <summary>There are more than <see cref="CertificateBlocks.MaxCertificates"/> certificates.</summary>
    TooMany,

    /// <summary>No certificate was found.</summary>
    NoCertificate,

    /// <summary>A PEM block is broken: its base64, or its end.</summary>
    MalformedPem,

    /// <summary>A block is not the DER of a certificate.</summary>
    MalformedCertificate,
}

/// <summary>Certificates as they come in files: PEM blocks, with other text between them, or one certificate in DER.</summary>
internal static class CertificateBlocks
{
    /// <summary>Most bytes that are looked at.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Most certificates that are looked at.</summary>
    public const int MaxCertificates = 200;

    private const string CertificateLabel = "CERTIFICATE";
    private const string BlockBegin = "-----BEGIN ";
    private const byte DerSequence = 0x30;

    /// <summary>Splits content into certificates.</summary>
    /// <param name="content">The content of a file; untrusted.</param>
    /// <param name="certificates">The DER of each certificate; null if there is an error.</param>
    /// <param name="error">What is wrong, or <see cref="CertificateInputError.None"/>.</param>
    /// <remarks>Blocks of other kinds (keys, requests) are passed over, and never shown.</remarks>
    public static bool TrySplit(
        ReadOnlySpan<byte> content, [NotNullWhen(true)] out IReadOnlyList<byte[]>? certificates, out CertificateInputError error)
    {
        certificates = null;
        if (content.Length > MaxBytes)
        {
            error = CertificateInputError.TooLarge;
            return false;
        }

        if (content.Length > 0 && content[0] == DerSequence)
        {
            error = CertificateInputError.None;
            certificates = [content.ToArray()];
            return true;
        }

        return TrySplitPem(Encoding.Latin1.GetString(content), out certificates, out error);
    }

    private static bool TrySplitPem(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out IReadOnlyList<byte[]>? certificates, out CertificateInputError error)
    {
        certificates = null;
        var found = new List<byte[]>();
        var blocks = 0;
        var rest = text;
        while (PemEncoding.TryFind(rest, out var fields))
        {
            blocks++;
            if (rest[fields.Label] is CertificateLabel && found.Count == MaxCertificates)
            {
                error = CertificateInputError.TooMany;
                return false;
            }

            if (rest[fields.Label] is CertificateLabel)
            {
                found.Add(Decode(rest[fields.Base64Data], fields.DecodedDataLength));
            }

            rest = rest[fields.Location.End..];
        }

        // The search passes over broken blocks; a chain with one left out would look sound.
        error = blocks != text.Count(BlockBegin) ? CertificateInputError.MalformedPem
            : found.Count == 0 ? CertificateInputError.NoCertificate
            : CertificateInputError.None;
        certificates = error == CertificateInputError.None ? found : null;
        return certificates is not null;
    }

    // The search has checked the base64 and counted its bytes.
    private static byte[] Decode(ReadOnlySpan<char> base64, int length)
    {
        var der = new byte[length];
        _ = Convert.TryFromBase64Chars(base64, der, out _);
        return der;
    }
}
