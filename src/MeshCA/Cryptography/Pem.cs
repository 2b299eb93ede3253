using System.Security.Cryptography;

namespace MeshCA.Cryptography;

/// <summary>The textual encodings of RFC 7468 this CA writes: 64 columns, LF, and a newline at the end.</summary>
internal static class Pem
{
    /// <summary>A certificate.</summary>
    public static string OfCertificate(ReadOnlySpan<byte> der) => Of("CERTIFICATE", der);

    /// <summary>Any structure under its label.</summary>
    public static string Of(string label, ReadOnlySpan<byte> der)
    {
        var size = PemEncoding.GetEncodedSize(label.Length, der.Length);
        var text = new char[size + 1];
        PemEncoding.TryWrite(label, der, text, out _);
        text[size] = '\n';
        return new string(text);
    }
}
