using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Cryptography;
using Xunit;

namespace MeshCA.Tests.Cryptography;

public sealed class PublicKeyVerifierTests
{
    private static readonly byte[] Data = "to be signed"u8.ToArray();

    public static TheoryData<ECCurve> Curves() =>
    [
        new(ECCurve.NamedCurves.nistP256) { Label = "P-256" },
        new(ECCurve.NamedCurves.nistP384) { Label = "P-384" },
    ];

    public static IEnumerable<HashAlgorithmName> Hashes =>
        [HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512];

    [Fact]
    public void The_direct_way_is_there_on_this_host() => Assert.True(LibCrypto.IsAvailable);

    [Theory, MemberData(nameof(Curves))]
    public void Signatures_of_the_platform_verify_in_both_ways_with_every_hash(ECCurve curve)
    {
        using var pair = ECDsa.Create(curve);
        var key = SubjectPublicKey.Of(pair);
        Assert.All(Hashes, hash =>
        {
            var signature = pair.SignData(Data, hash, DSASignatureFormat.Rfc3279DerSequence);
            var digest = CryptographicOperations.HashData(hash, Data);
            Assert.True(PublicKeyVerifier.Verify(key, hash, Data, signature));
            Assert.Equal(SignatureCheck.Valid, LibCrypto.CheckEcdsa(key, digest, signature));
            Assert.Equal(SignatureCheck.Valid, PlatformVerifier.CheckEcdsa(key, digest, signature));
            Assert.False(PublicKeyVerifier.Verify(key, hash, [.. Data, 0], signature));
        });
    }

    [Theory, MemberData(nameof(Curves))]
    public void Both_ways_agree_on_every_mutation_of_a_signature(ECCurve curve)
    {
        using var pair = ECDsa.Create(curve);
        var key = SubjectPublicKey.Of(pair);
        var signature = pair.SignData(Data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Prop.ForAll(Mutations.Of(signature).ToArbitrary(), mutated =>
            Both(key, mutated) == (mutated.AsSpan().SequenceEqual(signature) ? SignatureCheck.Valid : SignatureCheck.Invalid))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Theory, MemberData(nameof(Curves))]
    public void Both_ways_agree_on_every_mutation_of_a_key(ECCurve curve)
    {
        using var pair = ECDsa.Create(curve);
        var key = SubjectPublicKey.Of(pair);
        var signature = pair.SignData(Data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Prop.ForAll(Mutations.Of(key.KeyBits.ToArray()).ToArbitrary(), point =>
        {
            if (!SubjectPublicKey.TryCreateEc(key.Algorithm, point, out var mutated))
            {
                return true;
            }

            var same = point.AsSpan().SequenceEqual(key.KeyBits.Span);
            return (Both(mutated, signature) == SignatureCheck.Valid) == same;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory, MemberData(nameof(Curves))]
    public void A_good_signature_has_one_form_only(ECCurve curve)
    {
        using var pair = ECDsa.Create(curve);
        var key = SubjectPublicKey.Of(pair);
        var good = pair.SignData(Data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var numbers = new AsnReader(good, AsnEncodingRules.DER).ReadSequence();
        var (r, s) = (numbers.ReadInteger(), numbers.ReadInteger());
        var huge = BigInteger.One << (8 * 200);
        byte[][] bad =
        [
            [], [0x30, 0x00], [.. good, 0], good[..^1], [0x31, .. good[1..]],
            [0x30, 0x81, good[1], .. good[2..]],
            Signature(0, s), Signature(r, 0), Signature(0, 0), Signature(-r, s), Signature(r, -s),
            Signature(huge, s), Signature(r, huge), Signature(s, r), Signature(r + 1, s), Signature(r, s, s),
            pair.SignData(Data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        ];
        Assert.Equal(good, Signature(r, s));
        Assert.All(bad, signature => Assert.Equal(SignatureCheck.Invalid, Both(key, signature)));
    }

    [Fact]
    public void A_point_off_the_curve_is_told_apart_even_where_the_signature_is_malformed()
    {
        Assert.True(SubjectPublicKey.TryCreateEc(KeyAlgorithm.EcdsaP256, [0x04, .. new byte[64]], out var key));
        Assert.Equal(SignatureCheck.InvalidKey, Both(key, []));
        Assert.Equal(SignatureCheck.InvalidKey, Both(key, Signature(1, 1)));
    }

    [Fact]
    public void Refused_signatures_leave_nothing_in_the_error_queue_of_the_thread()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = SubjectPublicKey.Of(pair);
        Assert.True(SubjectPublicKey.TryCreateEc(KeyAlgorithm.EcdsaP256, [0x04, .. new byte[64]], out var offCurve));
        Assert.Equal(SignatureCheck.Invalid, LibCrypto.CheckEcdsa(key, new byte[32], Signature(1, 1)));
        Assert.Equal(SignatureCheck.InvalidKey, LibCrypto.CheckEcdsa(offCurve, new byte[32], Signature(1, 1)));
        Assert.Equal(SignatureCheck.Invalid, LibCrypto.CheckEcdsa(key, new byte[32], [0x30]));
        Assert.Equal(0UL, ErrorQueue.Peek());
    }

    [Fact]
    public void Rsa_signatures_verify_with_every_hash_and_in_one_length_only()
    {
        using var pair = RSA.Create(2048);
        var key = SubjectPublicKey.Of(pair);
        Assert.All(Hashes, hash =>
        {
            var signature = pair.SignData(Data, hash, RSASignaturePadding.Pkcs1);
            Assert.True(PublicKeyVerifier.Verify(key, hash, Data, signature));
            Assert.False(PublicKeyVerifier.Verify(key, hash, [.. Data, 0], signature));
            Assert.False(PublicKeyVerifier.Verify(key, hash, Data, [0, .. signature]));
            Assert.False(PublicKeyVerifier.Verify(key, hash, Data, signature.AsSpan(1)));
            Assert.False(PublicKeyVerifier.Verify(key, hash, Data, []));
            Assert.False(PublicKeyVerifier.Verify(key, hash, Data, pair.SignData(Data, hash, RSASignaturePadding.Pss)));
        });
    }

    [Fact]
    public async Task Verifications_run_side_by_side()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = SubjectPublicKey.Of(pair);
        var signature = pair.SignData(Data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        await Parallel.ForAsync(0, 500, TestContext.Current.CancellationToken, (i, _) =>
        {
            Assert.Equal(i % 2 == 0, PublicKeyVerifier.Verify(key, HashAlgorithmName.SHA256, i % 2 == 0 ? Data : [], signature));
            return ValueTask.CompletedTask;
        });
    }

    private static SignatureCheck Both(SubjectPublicKey key, byte[] signature)
    {
        var digest = SHA256.HashData(Data);
        var wellFormed = PublicKeyVerifier.IsCanonical(signature, key.KeySize / 8) ? signature : [];
        var direct = LibCrypto.CheckEcdsa(key, digest, wellFormed);
        Assert.Equal(direct, PlatformVerifier.CheckEcdsa(key, digest, wellFormed));
        Assert.Equal(direct, PublicKeyVerifier.Check(key, HashAlgorithmName.SHA256, Data, signature));
        return direct;
    }

    private static byte[] Signature(params BigInteger[] numbers)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var number in numbers)
            {
                writer.WriteInteger(number);
            }
        }

        return writer.Encode();
    }

    private static class ErrorQueue
    {
        public static ulong Peek() => ERR_peek_error();

        [System.Runtime.InteropServices.DllImport("libcrypto.so.3")]
        [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
        private static extern ulong ERR_peek_error();
    }
}
