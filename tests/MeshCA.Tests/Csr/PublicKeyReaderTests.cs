using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using MeshCA.Cryptography;
using MeshCA.Csr;
using Xunit;

namespace MeshCA.Tests.Csr;

public sealed class PublicKeyReaderTests
{
    private const string Ec = "1.2.840.10045.2.1";
    private const string P256 = "1.2.840.10045.3.1.7";

    public static TheoryData<Func<byte[]>, Enum> EcKeys() =>
    [
        new(() => EcKey(P256, Point()), CsrError.BadSignature) { Label = "another's good point: only the signature is wrong" },
        new(() => EcKey(P256, OffCurve()), CsrError.PointOffCurve) { Label = "off the curve" },
        new(() => EcKey(P256, [0x04, .. new byte[64]]), CsrError.PointOffCurve) { Label = "zero" },
        new(() => EcKey(P256, [0x04, .. Enumerable.Repeat((byte)0xFF, 64)]), CsrError.PointOffCurve) { Label = "beyond the field" },
        new(() => EcKey(P256, [0x00]), CsrError.MalformedPoint) { Label = "infinity" },
        new(() => EcKey(P256, []), CsrError.MalformedPoint) { Label = "empty" },
        new(() => EcKey(P256, [(byte)(0x02 | (Point()[64] & 1)), .. Point()[1..33]]), CsrError.MalformedPoint) { Label = "compressed" },
        new(() => EcKey(P256, [(byte)(0x06 | (Point()[64] & 1)), .. Point()[1..]]), CsrError.MalformedPoint) { Label = "hybrid" },
        new(() => EcKey(P256, [.. Point(), 0]), CsrError.MalformedPoint) { Label = "too long" },
        new(() => EcKey("1.3.132.0.34", Point()), CsrError.MalformedPoint) { Label = "point of P-256 on P-384" },
        new(() => EcKey("1.3.132.0.10", Point()), CsrError.Secp256k1Key) { Label = "secp256k1" },
        new(() => EcKey("1.3.132.0.33", [0x04, .. new byte[56]]), CsrError.P224Key) { Label = "P-224" },
        new(() => EcKey("1.3.132.0.35", [0x04, .. new byte[132]]), CsrError.P521Key) { Label = "P-521" },
        new(() => EcKey("1.3.36.3.3.2.8.1.1.7", Point()), CsrError.UnsupportedCurve) { Label = "brainpool" },
        new(() => Key(Ec, [0x30, 0x00], Point()), CsrError.UnsupportedCurve) { Label = "curve described in the key" },
        new(() => Key(Ec, [], Point()), CsrError.UnsupportedCurve) { Label = "no curve" },
        new(() => Key(Ec, [.. Oid(P256), 0x05, 0x00], Point()), CsrError.UnsupportedCurve) { Label = "element behind the curve" },
        new(() => Key("1.3.101.112", [], new byte[32]), CsrError.Ed25519Key) { Label = "Ed25519" },
        new(() => Key("1.2.840.113549.1.1.10", [], RsaBits(Odd(2048), 65537)), CsrError.RsaPssKey) { Label = "RSA-PSS" },
        new(() => Key("1.2.840.10040.4.1", [], [0x02, 0x01, 0x05]), CsrError.UnsupportedKey) { Label = "DSA" },
        new(() => Key("1.3.132.1.12", Oid(P256), Point()), CsrError.UnsupportedKey) { Label = "ECDH" },
    ];

    [Theory, MemberData(nameof(EcKeys))]
    public void An_ec_key_is_a_named_curve_and_a_point_on_it(Func<byte[]> key, Enum expected) =>
        Assert.Equal(expected, (TestRequest.P256() with { PublicKeyInfo = key() }).Parse());

    public static TheoryData<Func<byte[]>, Enum> RsaKeys() =>
    [
        new(() => RsaKey(Odd(2048), 65537), CsrError.BadSignature) { Label = "2048 bits: only the signature is wrong" },
        new(() => RsaKey(Odd(2047), 65537), CsrError.RsaKeyTooShort) { Label = "2047 bits" },
        new(() => RsaKey(Odd(1024), 65537), CsrError.RsaKeyTooShort) { Label = "1024 bits" },
        new(() => RsaKey(Odd(4096), 65537), CsrError.BadSignature) { Label = "4096 bits" },
        new(() => RsaKey(Odd(4097), 65537), CsrError.RsaKeyTooLong) { Label = "4097 bits" },
        new(() => RsaKey(Odd(16384), 65537), CsrError.RsaKeyTooLong) { Label = "16384 bits" },
        new(() => RsaKey(Odd(2048) - 1, 65537), CsrError.BadRsaModulus) { Label = "even modulus" },
        new(() => RsaKey(Odd(2048), 3), CsrError.BadRsaExponent) { Label = "exponent 3" },
        new(() => RsaKey(Odd(2048), 65535), CsrError.BadRsaExponent) { Label = "exponent below" },
        new(() => RsaKey(Odd(2048), 65538), CsrError.BadRsaExponent) { Label = "even exponent" },
        new(() => RsaKey(Odd(2048), uint.MaxValue), CsrError.BadSignature) { Label = "largest exponent" },
        new(() => RsaKey(Odd(2048), (BigInteger)uint.MaxValue + 2), CsrError.BadRsaExponent) { Label = "exponent above" },
        new(() => RsaKey(Odd(2048), Odd(2048)), CsrError.BadRsaExponent) { Label = "exponent as long as the modulus" },
        new(() => RsaKey(0, 65537), CsrError.RsaKeyTooShort) { Label = "zero" },
        new(() => RsaKey(-Odd(2048), 65537), CsrError.MalformedPublicKey) { Label = "negative" },
        new(() => Key("1.2.840.113549.1.1.1", [], RsaBits(Odd(2048), 65537)), CsrError.MalformedPublicKey) { Label = "no NULL" },
        new(() => Key("1.2.840.113549.1.1.1", [0x05, 0x00], [.. RsaBits(Odd(2048), 65537), 0]), CsrError.MalformedPublicKey) { Label = "byte behind" },
    ];

    [Theory, MemberData(nameof(RsaKeys))]
    public void An_rsa_key_keeps_the_limits(Func<byte[]> key, Enum expected) =>
        Assert.Equal(expected, (TestRequest.Rsa() with { PublicKeyInfo = key() }).Parse());

    [Fact]
    public void A_policy_leaves_algorithms_out()
    {
        Assert.Equal(CsrError.KeyNotAllowed, TestRequest.P256().Parse(new KeyPolicy([KeyAlgorithm.EcdsaP384])));
        Assert.Equal(CsrError.KeyNotAllowed, TestRequest.P384().Parse(new KeyPolicy([KeyAlgorithm.EcdsaP256])));
        Assert.Equal(CsrError.KeyNotAllowed, TestRequest.Rsa().Parse(new KeyPolicy([KeyAlgorithm.EcdsaP256])));
        Assert.Equal(CsrError.RsaKeyTooShort, TestRequest.Rsa().Parse(new KeyPolicy([KeyAlgorithm.Rsa], minRsaBits: 3072)));
        Assert.Equal(CsrError.RsaKeyTooLong, TestRequest.Rsa(3072).Parse(new KeyPolicy([KeyAlgorithm.Rsa], maxRsaBits: 2048)));
        Assert.Equal(CsrError.None, TestRequest.Rsa(3072).Parse(new KeyPolicy([KeyAlgorithm.Rsa], minRsaBits: 3072)));
    }

    private static BigInteger Odd(int bits) => (BigInteger.One << (bits - 1)) + 1;

    private static byte[] Point()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return [0x04, .. parameters.Q.X!, .. parameters.Q.Y!];
    }

    private static byte[] OffCurve()
    {
        var point = Point();
        point[^1] ^= 1;
        return point;
    }

    private static byte[] EcKey(string curve, byte[] point) => Key(Ec, Oid(curve), point);

    private static byte[] RsaKey(BigInteger modulus, BigInteger exponent) =>
        Key("1.2.840.113549.1.1.1", [0x05, 0x00], RsaBits(modulus, exponent));

    private static byte[] RsaBits(BigInteger modulus, BigInteger exponent)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(modulus);
            writer.WriteInteger(exponent);
        }

        return writer.Encode();
    }

    private static byte[] Oid(string oid)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return writer.Encode();
    }

    private static byte[] Key(string algorithm, byte[] parameters, byte[] bits)
    {
        var inner = new AsnWriter(AsnEncodingRules.DER);
        inner.WriteBitString(bits);
        byte[] identifier = [.. Oid(algorithm), .. parameters];
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue([0x30, (byte)identifier.Length, .. identifier]);
            writer.WriteEncodedValue(inner.Encode());
        }

        return writer.Encode();
    }
}
