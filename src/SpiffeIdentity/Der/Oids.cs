namespace SpiffeIdentity.Der;

/// <summary>Every object identifier that certificates are read for: the content of its DER, under its name in the RFCs.</summary>
internal static class Oids
{
    // RFC 5280 appendix A.1: 2.5.4.3
    public static ReadOnlySpan<byte> CommonName => [0x55, 0x04, 0x03];

    // RFC 5280 §4.2.1: 2.5.29.n
    public static ReadOnlySpan<byte> KeyUsage => [0x55, 0x1D, 0x0F];

    public static ReadOnlySpan<byte> SubjectAlternativeName => [0x55, 0x1D, 0x11];

    public static ReadOnlySpan<byte> BasicConstraints => [0x55, 0x1D, 0x13];

    public static ReadOnlySpan<byte> ExtendedKeyUsage => [0x55, 0x1D, 0x25];

    public static ReadOnlySpan<byte> SubjectKeyIdentifier => [0x55, 0x1D, 0x0E];

    public static ReadOnlySpan<byte> AuthorityKeyIdentifier => [0x55, 0x1D, 0x23];

    public static ReadOnlySpan<byte> NameConstraints => [0x55, 0x1D, 0x1E];

    public static ReadOnlySpan<byte> PolicyMappings => [0x55, 0x1D, 0x21];

    public static ReadOnlySpan<byte> PolicyConstraints => [0x55, 0x1D, 0x24];

    public static ReadOnlySpan<byte> InhibitAnyPolicy => [0x55, 0x1D, 0x36];

    // RFC 5280 §4.2.1.12: 1.3.6.1.5.5.7.3.n
    public static ReadOnlySpan<byte> ServerAuthentication => [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

    public static ReadOnlySpan<byte> ClientAuthentication => [0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

    // RFC 5480 §2.1: 1.2.840.10045.2.1
    public static ReadOnlySpan<byte> EcPublicKey => [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];

    // 1.2.840.10045.3.1.7, 1.3.132.0.34, 1.3.132.0.35
    public static ReadOnlySpan<byte> Secp256r1 => [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

    public static ReadOnlySpan<byte> Secp384r1 => [0x2B, 0x81, 0x04, 0x00, 0x22];

    public static ReadOnlySpan<byte> Secp521r1 => [0x2B, 0x81, 0x04, 0x00, 0x23];

    // RFC 8017 appendix C: 1.2.840.113549.1.1.n
    public static ReadOnlySpan<byte> Pkcs1 => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01];

    public static ReadOnlySpan<byte> RsaEncryption => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

    public static ReadOnlySpan<byte> Md5WithRsaEncryption => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x04];

    public static ReadOnlySpan<byte> Sha1WithRsaEncryption => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x05];

    // RFC 4055 §5
    public static ReadOnlySpan<byte> Sha256WithRsaEncryption => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];

    public static ReadOnlySpan<byte> Sha384WithRsaEncryption => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0C];

    public static ReadOnlySpan<byte> Sha512WithRsaEncryption => [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0D];

    // RFC 5758 §3.2: 1.2.840.10045.4.3.n
    public static ReadOnlySpan<byte> EcdsaWithSha256 => [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];

    public static ReadOnlySpan<byte> EcdsaWithSha384 => [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03];

    public static ReadOnlySpan<byte> EcdsaWithSha512 => [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x04];

    // RFC 3279 §2.2.3: 1.2.840.10045.4.1
    public static ReadOnlySpan<byte> EcdsaWithSha1 => [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01];

    /// <summary>Puts tag and length before the content of an identifier that is shorter than 128 bytes.</summary>
    public static byte[] ToOid(this ReadOnlySpan<byte> content) => [0x06, (byte)content.Length, .. content];
}
