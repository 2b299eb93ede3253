using System.Buffers;
using System.IO;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshCA.Admin;

/// <summary>Reads the files by which a command proves who it is, and knows whom it calls.</summary>
internal static class CredentialFiles
{
    private const int MaxTokenLength = 64 * 1024;

    // RFC 6750 §2.1: what a bearer token is made of; anything else cannot travel in a header.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Reads a bearer token.</summary>
    /// <param name="file">A file; `-` is standard input.</param>
    /// <param name="console">Has that.</param>
    /// <exception cref="InvalidDataException">It holds none.</exception>
    public static string ReadToken(string file, AdminConsole console)
    {
        using var reader = new StreamReader(file == "-" ? console.OpenInput() : File.OpenRead(file));
        var buffer = new char[MaxTokenLength];
        var length = reader.ReadBlock(buffer);
        var token = buffer.AsSpan(0, length).Trim();
        return token.IsEmpty || token.ContainsAnyExcept(TokenCharacters)
            ? throw new InvalidDataException($"`{file}` holds no token")
            : token.ToString();
    }

    /// <summary>Reads certificates.</summary>
    /// <param name="file">A PEM file.</param>
    /// <exception cref="InvalidDataException">It holds none.</exception>
    /// <exception cref="CryptographicException">It is malformed.</exception>
    public static X509Certificate2Collection ReadCertificates(string file)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates.Count > 0 ? certificates : throw new InvalidDataException($"`{file}`: no certificate in it");
    }

    /// <summary>Reads a certificate with its key.</summary>
    /// <param name="chainFile">A PEM file: the leaf, then its intermediates.</param>
    /// <param name="keyFile">A PEM file: the key.</param>
    /// <exception cref="CryptographicException">They are malformed, or do not belong together.</exception>
    public static SslStreamCertificateContext Read(string chainFile, string keyFile)
    {
        // The intermediates too: a server that knows the root alone finds no path to it without them.
        var chain = ReadCertificates(chainFile);
        try
        {
            var leaf = X509Certificate2.CreateFromPemFile(chainFile, keyFile);
            return SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true);
        }
        catch (ArgumentException e)
        {
            // What the platform throws for a key that is not the certificate's.
            throw new CryptographicException($"`{chainFile}` and `{keyFile}` do not belong together", e);
        }
    }
}
