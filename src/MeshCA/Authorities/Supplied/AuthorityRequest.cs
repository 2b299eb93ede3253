using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;

namespace MeshCA.Authorities.Supplied;

/// <summary>Writes the PKCS#10 request of an intermediate: what an offline root is asked to sign.</summary>
internal static class AuthorityRequest
{
    /// <summary>Writes it, signed with the key it is for.</summary>
    /// <param name="subject">The wished subject as DER.</param>
    /// <param name="keyIdentifier">The wished subject key identifier.</param>
    /// <param name="key">The key.</param>
    /// <param name="privateKey">The same key, for the platform's writer; stays the caller's.</param>
    public static ReadOnlyMemory<byte> Write(
        ReadOnlyMemory<byte> subject, byte[] keyIdentifier, SigningKey key, Pkcs8PrivateKey privateKey)
    {
        var name = new X500DistinguishedName(subject.Span);
        if (key.PublicKey.Algorithm == KeyAlgorithm.Rsa)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(privateKey.Der, out _);
            return Complete(new CertificateRequest(name, rsa, key.HashAlgorithm, RSASignaturePadding.Pkcs1), keyIdentifier);
        }

        using var ec = ECDsa.Create();
        ec.ImportPkcs8PrivateKey(privateKey.Der, out _);
        return Complete(new CertificateRequest(name, ec, key.HashAlgorithm), keyIdentifier);
    }

    // The wishes of certificate profile `intermediate`, for tools that copy extensions.
    private static byte[] Complete(CertificateRequest request, byte[] keyIdentifier)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(keyIdentifier, false));
        return request.CreateSigningRequest();
    }
}
