using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TestSupport;

/// <summary>A certificate authority for tests: one good chain, and whatever single fault a <see cref="CertificateShape"/> names.</summary>
/// <remarks>Built on the platform alone, so that no code under test takes part in building its own input.</remarks>
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key;
    private readonly X500DistinguishedName _name;

    private TestAuthority(ECDsa key, CertificateShape shape, TestAuthority? issuer)
    {
        _key = key;
        _name = new X500DistinguishedName(shape.Subject);
        Certificate = (issuer ?? this).Sign(PublicKeyOf(key), shape);
    }

    /// <summary>The middle of the good chain's validity.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The certificate in DER.</summary>
    public byte[] Certificate { get; }

    /// <summary>The private key as unencrypted PKCS#8 in PEM.</summary>
    public string KeyPem => _key.ExportPkcs8PrivateKeyPem() + "\n";

    public static TestAuthority CreateRoot(Func<CertificateShape, CertificateShape>? change = null, string name = "root") =>
        new(NewKey(), Change(CertificateShape.Authority(name), change), issuer: null);

    public TestAuthority CreateIntermediate(
        Func<CertificateShape, CertificateShape>? change = null, string name = "intermediate", int? pathLength = 0) =>
        new(NewKey(), Change(CertificateShape.Authority(name, pathLength), change), this);

    /// <summary>A leaf with a key of its own.</summary>
    public byte[] IssueLeaf(string id, Func<CertificateShape, CertificateShape>? change = null)
    {
        using var key = NewKey();
        return Sign(PublicKeyOf(key), Change(CertificateShape.Leaf(id), change));
    }

    /// <summary>Somebody who calls himself the same and has another key.</summary>
    public TestAuthority Impersonate(Func<CertificateShape, CertificateShape>? change = null) =>
        new(NewKey(), Change(CertificateShape.Authority("x") with { Subject = _name.Name }, change), issuer: null);

    /// <summary>A certificate over any key.</summary>
    public byte[] Sign(PublicKey publicKey, CertificateShape shape)
    {
        var request = new CertificateRequest(new X500DistinguishedName(shape.Subject), publicKey, shape.Hash);
        foreach (var extension in Extensions(shape, publicKey))
        {
            request.CertificateExtensions.Add(extension);
        }

        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)(0x40 | (serial[0] & 0x3F));
        using var certificate = request.Create(
            _name, new EcdsaGenerator(_key), shape.NotBefore, shape.NotAfter, serial);
        return certificate.RawData;
    }

    /// <summary>A list of nobody, RFC 5280 §5, in DER.</summary>
    /// <param name="thisUpdate">When it was made.</param>
    /// <param name="nextUpdate">When the next one is due.</param>
    /// <param name="isLimited">Whether it says that it covers some certificates only (§5.2.5).</param>
    public byte[] RevocationList(DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, bool isLimited = false)
    {
        using var plain = X509CertificateLoader.LoadCertificate(Certificate);
        using var issuer = plain.CopyWithPrivateKey(_key);
        var whole = new CertificateRevocationListBuilder().Build(issuer, 1, nextUpdate, HashAlgorithmName.SHA256, thisUpdate: thisUpdate);
        return isLimited ? Limited(whole) : whole;
    }

    public void Dispose() => _key.Dispose();

    private byte[] Limited(byte[] whole)
    {
        var list = new AsnReader(whole, AsnEncodingRules.DER).ReadSequence();
        var fields = list.ReadSequence();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            while (fields.HasData)
            {
                var isExtensions = fields.PeekTag() == new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
                if (!isExtensions)
                {
                    writer.WriteEncodedValue(fields.ReadEncodedValue().Span);
                    continue;
                }

                WriteLimited(writer, fields.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence());
            }
        }

        var tbs = writer.Encode();
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(tbs);
            writer.WriteEncodedValue(list.ReadEncodedValue().Span);
            writer.WriteBitString(_key.SignData(tbs, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        return writer.Encode();
    }

    private static void WriteLimited(AsnWriter writer, AsnReader extensions)
    {
        using var wrapper = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
        using var all = writer.PushSequence();
        while (extensions.HasData)
        {
            writer.WriteEncodedValue(extensions.ReadEncodedValue().Span);
        }

        using var point = writer.PushSequence();
        writer.WriteObjectIdentifier("2.5.29.28"); // issuing distribution point
        writer.WriteBoolean(true);
        var value = new AsnWriter(AsnEncodingRules.DER);
        using (value.PushSequence())
        {
            value.WriteBoolean(true, new Asn1Tag(TagClass.ContextSpecific, 1)); // end-entity certificates only
        }

        writer.WriteOctetString(value.Encode());
    }

    private IEnumerable<X509Extension> Extensions(CertificateShape shape, PublicKey publicKey)
    {
        if (shape.KeyUsage is { } keyUsage)
        {
            yield return new X509KeyUsageExtension(keyUsage, critical: true);
        }

        if (shape.IsAuthority is { } isAuthority)
        {
            yield return new X509BasicConstraintsExtension(
                isAuthority, shape.PathLength is not null, shape.PathLength ?? 0, critical: true);
        }

        yield return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(KeyIdentifier(PublicKeyOf(_key)));
        if (shape.HasKeyIdentifier)
        {
            yield return KeyIdentifier(publicKey);
        }

        if (shape.Uris.Count + shape.DnsNames.Count > 0)
        {
            yield return AlternativeNames(shape);
        }

        foreach (var extension in shape.Extra)
        {
            yield return extension;
        }
    }

    private static X509SubjectKeyIdentifierExtension KeyIdentifier(PublicKey key) =>
        new(key, X509SubjectKeyIdentifierHashAlgorithm.ShortSha256, critical: false);

    private static X509Extension AlternativeNames(CertificateShape shape)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var name in shape.DnsNames)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
            }

            for (var i = 0; i < shape.Uris.Count; i++)
            {
                // An octet string under the tag of a URI has the same DER, and lets any byte through.
                var bytes = i == 0 && shape.RawUri is { } raw ? raw : System.Text.Encoding.UTF8.GetBytes(shape.Uris[i]);
                writer.WriteOctetString(bytes, new Asn1Tag(TagClass.ContextSpecific, 6));
            }
        }

        return new X509Extension("2.5.29.17", writer.Encode(), critical: true);
    }

    private static CertificateShape Change(CertificateShape shape, Func<CertificateShape, CertificateShape>? change) =>
        change is null ? shape : change(shape);

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static PublicKey PublicKeyOf(ECDsa key) => new(key);

    /// <summary>Signs with SHA-1 too, which the platform's generator refuses.</summary>
    private sealed class EcdsaGenerator(ECDsa key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(
                    hashAlgorithm == HashAlgorithmName.SHA256 ? "1.2.840.10045.4.3.2" : "1.2.840.10045.4.1");
            }

            return writer.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, hashAlgorithm, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
