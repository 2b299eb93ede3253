using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Csr;

namespace MeshCA.Tests.Csr;

/// <summary>A CSR put together part by part, so that a test changes one part and signs the whole again.</summary>
public sealed record TestRequest
{
    // RSA keys take long to make; each test gets an object of its own over the same key.
    private static readonly ConcurrentDictionary<int, byte[]> RsaKeys = new();

    public const string EcdsaSha256 = "1.2.840.10045.4.3.2";
    public const string RsaSha256 = "1.2.840.113549.1.1.11";

    public required AsymmetricAlgorithm Key { get; init; }

    public byte[] Version { get; init; } = [0x02, 0x01, 0x00];

    /// <summary>DER of the Name.</summary>
    public byte[] Subject { get; init; } = [0x30, 0x00];

    /// <summary>DER of the SubjectPublicKeyInfo; null for that of the key.</summary>
    public byte[]? PublicKeyInfo { get; init; }

    /// <summary>DER of the attributes.</summary>
    public byte[] Attributes { get; init; } = [0xA0, 0x00];

    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    public string? SignatureAlgorithm { get; init; }

    /// <summary>DER of the signature algorithm's parameters; null for the usual ones.</summary>
    public byte[]? SignatureParameters { get; init; }

    public RSASignaturePadding Padding { get; init; } = RSASignaturePadding.Pkcs1;

    /// <summary>Bytes behind the request.</summary>
    public byte[] Trailer { get; init; } = [];

    public static TestRequest P256() => new() { Key = ECDsa.Create(ECCurve.NamedCurves.nistP256) };

    public static TestRequest P384() => new() { Key = ECDsa.Create(ECCurve.NamedCurves.nistP384) };

    public static TestRequest Rsa(int bits = 2048)
    {
        var key = RSA.Create();
        key.ImportPkcs8PrivateKey(RsaKeys.GetOrAdd(bits, NewRsaKey), out _);
        return new() { Key = key };
    }

    public static byte[] Name(string name) => new X500DistinguishedName(name).RawData;

    public byte[] ToDer()
    {
        var content = Content();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(content);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(SignatureAlgorithm ?? (Key is RSA ? RsaSha256 : EcdsaSha256));
                if ((SignatureParameters ?? (Key is RSA ? [0x05, 0x00] : [])) is { Length: > 0 } parameters)
                {
                    writer.WriteEncodedValue(parameters);
                }
            }

            writer.WriteBitString(Sign(content));
        }

        return [.. writer.Encode(), .. Trailer];
    }

    public string ToPem(string label = "CERTIFICATE REQUEST") => PemEncoding.WriteString(label, ToDer()) + "\n";

    internal CsrError Parse(KeyPolicy? policy = null)
    {
        var found = CertificateSigningRequest.TryParse(ToDer(), policy ?? KeyPolicy.Default, out var request, out var error);
        Xunit.Assert.Equal(found, error == CsrError.None);
        Xunit.Assert.Equal(found, request is not null);
        return error;
    }

    private static byte[] NewRsaKey(int bits)
    {
        using var key = RSA.Create(bits);
        return key.ExportPkcs8PrivateKey();
    }

    private byte[] Content()
    {
        byte[] content = [.. Version, .. Subject, .. PublicKeyInfo ?? Key.ExportSubjectPublicKeyInfo(), .. Attributes];
        var length = content.Length;
        return length < 128 ? [0x30, (byte)length, .. content]
            : length < 256 ? [0x30, 0x81, (byte)length, .. content]
            : [0x30, 0x82, (byte)(length >> 8), (byte)(length & 0xFF), .. content];
    }

    private byte[] Sign(byte[] content) => Key switch
    {
        ECDsa ecdsa => ecdsa.SignData(content, Hash, DSASignatureFormat.Rfc3279DerSequence),
        RSA rsa => rsa.SignData(content, Hash, Padding),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
