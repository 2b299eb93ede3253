using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Cryptography;

namespace MeshCA.Revocations.Lists;

/// <summary>Checks lists that were made elsewhere.</summary>
internal static class SuppliedList
{
    /// <summary>Finds the newest usable list of an authority.</summary>
    /// <param name="issuer">The authority.</param>
    /// <param name="files">What the operator supplies.</param>
    /// <param name="now">The present.</param>
    /// <param name="fault">Why there is none, or why the one found will soon be of no use; empty where all is well.</param>
    public static PublishedList? Find(ListIssuer issuer, IReadOnlyList<ListFile> files, DateTimeOffset now, out string fault)
    {
        PublishedList? found = null;
        fault = "its key is not here, and no file of Revocation:ListFiles holds a list of it";
        foreach (var file in files)
        {
            if (file.Fault.Length > 0)
            {
                fault = found is null ? $"`{file.Name}` cannot be read: {file.Fault}" : fault;
            }
            else if (TryRead(issuer, file) is { } list && (found is null || list.ThisUpdate > found.ThisUpdate))
            {
                found = list;
                fault = now < list.NextUpdate ? "" : $"the list in `{file.Name}` ended at {list.NextUpdate:u}";
            }
        }

        return found;
    }

    private static PublishedList? TryRead(ListIssuer issuer, ListFile file) =>
        ListFields.TryDivide(file.Der, out var tbs, out var signature)
        && ListFields.TryRead(tbs, out var fields)
        && fields.Authority == issuer.Id
        && !fields.IsLimited
        && IsSigned(issuer, fields, tbs.Span, signature)
            ? PublishedList.Of(issuer.Id, file.Der)
            : null;

    private static bool IsSigned(ListIssuer issuer, ListFields fields, ReadOnlySpan<byte> tbs, byte[] signature)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(issuer.Certificate.Span);
        if (!certificate.SubjectName.RawData.AsSpan().SequenceEqual(fields.Issuer.Span))
        {
            return false;
        }

        try
        {
            using var ecdsa = certificate.GetECDsaPublicKey();
            using var rsa = certificate.GetRSAPublicKey();
            return fields.SignatureAlgorithm switch
            {
                Oids.EcdsaWithSha256 => Verify(ecdsa, tbs, signature, HashAlgorithmName.SHA256),
                Oids.EcdsaWithSha384 => Verify(ecdsa, tbs, signature, HashAlgorithmName.SHA384),
                Oids.EcdsaWithSha512 => Verify(ecdsa, tbs, signature, HashAlgorithmName.SHA512),
                Oids.Sha256WithRsaEncryption => Verify(rsa, tbs, signature, HashAlgorithmName.SHA256),
                Oids.Sha384WithRsaEncryption => Verify(rsa, tbs, signature, HashAlgorithmName.SHA384),
                Oids.Sha512WithRsaEncryption => Verify(rsa, tbs, signature, HashAlgorithmName.SHA512),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool Verify(ECDsa? key, ReadOnlySpan<byte> tbs, byte[] signature, HashAlgorithmName hash) =>
        key?.VerifyData(tbs, signature, hash, DSASignatureFormat.Rfc3279DerSequence) == true;

    private static bool Verify(RSA? key, ReadOnlySpan<byte> tbs, byte[] signature, HashAlgorithmName hash) =>
        key?.VerifyData(tbs, signature, hash, RSASignaturePadding.Pkcs1) == true;
}
