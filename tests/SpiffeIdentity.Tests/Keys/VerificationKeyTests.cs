using System.Security.Cryptography;
using SpiffeIdentity.Keys;
using Xunit;

namespace SpiffeIdentity.Tests.Keys;

public sealed class VerificationKeyTests
{
    [Theory]
    [InlineData(2047, false)]
    [InlineData(2048, true)]
    [InlineData(8192, true)]
    [InlineData(8200, false)]
    public void Rsa_keys_have_2048_to_8192_bits(int bits, bool expected)
    {
        var modulus = new byte[(bits + 7) / 8];
        modulus[0] = (byte)(1 << ((bits - 1) % 8));
        modulus[^1] = 1;
        Assert.Equal(expected, IsKey(modulus, [1, 0, 1]));
    }

    [Theory]
    [InlineData(new byte[] { 3 }, true)]
    [InlineData(new byte[] { 1, 0, 1 }, true)]
    [InlineData(new byte[] { 1 }, false)]
    [InlineData(new byte[] { 4 }, false)]
    [InlineData(new byte[] { 1, 0, 0, 0, 1 }, false)]
    public void Rsa_exponents_are_odd_short_and_not_one(byte[] exponent, bool expected)
    {
        var modulus = new byte[256];
        (modulus[0], modulus[^1]) = (0x80, 1);
        Assert.Equal(expected, IsKey(modulus, exponent));
    }

    [Fact]
    public void An_even_modulus_is_none()
    {
        var modulus = new byte[256];
        modulus[0] = 0x80;
        Assert.False(IsKey(modulus, [3]));
    }

    [Fact]
    public void A_key_verifies_its_own_kind_of_signature_and_no_other()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        byte[] content = [1, 2, 3];
        var ecKey = Of(ec);
        var rsaKey = Of(rsa);
        var signature = ec.SignData(content, HashAlgorithmName.SHA256);
        var rsaSignature = rsa.SignData(content, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        const DSASignatureFormat format = DSASignatureFormat.IeeeP1363FixedFieldConcatenation;
        Assert.True(ecKey.VerifyEcdsa(HashAlgorithmName.SHA256, content, signature, format));
        Assert.False(ecKey.VerifyEcdsa(HashAlgorithmName.SHA384, content, signature, format));
        Assert.False(rsaKey.VerifyEcdsa(HashAlgorithmName.SHA256, content, signature, format));
        Assert.True(rsaKey.VerifyRsa(HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, content, rsaSignature));
        Assert.False(rsaKey.VerifyRsa(HashAlgorithmName.SHA256, RSASignaturePadding.Pss, content, rsaSignature));
        Assert.False(rsaKey.VerifyRsa(HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, content, [0, .. rsaSignature]));
        Assert.False(ecKey.VerifyRsa(HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, content, new byte[32]));
    }

    private static VerificationKey Of(AsymmetricAlgorithm key)
    {
        Assert.True(PublicKeyFields.TryRead(key.ExportSubjectPublicKeyInfo(), out var fields));
        Assert.True(VerificationKey.TryCreate(fields, out var made));
        return made;
    }

    private static bool IsKey(byte[] modulus, byte[] exponent) =>
        PublicKeyFields.OfRsa(modulus, exponent) is { } fields && VerificationKey.TryCreate(fields, out _);
}
