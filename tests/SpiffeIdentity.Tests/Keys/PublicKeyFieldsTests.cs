using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Keys;
using Xunit;

namespace SpiffeIdentity.Tests.Keys;

public sealed class PublicKeyFieldsTests
{
    public static TheoryData<Func<AsymmetricAlgorithm>> Keys() =>
    [
        new(() => ECDsa.Create(ECCurve.NamedCurves.nistP256)) { Label = "P-256" },
        new(() => ECDsa.Create(ECCurve.NamedCurves.nistP384)) { Label = "P-384" },
        new(() => ECDsa.Create(ECCurve.NamedCurves.nistP521)) { Label = "P-521" },
        new(() => RSA.Create(2048)) { Label = "RSA" },
    ];

    [Theory, MemberData(nameof(Keys))]
    public void What_is_read_is_written_as_the_platform_writes_it(Func<AsymmetricAlgorithm> make)
    {
        using var key = make();
        var der = key.ExportSubjectPublicKeyInfo();
        Assert.True(PublicKeyFields.TryRead(der, out var fields));
        Assert.Equal(der, fields.Encode());
        Assert.False(PublicKeyFields.TryRead([.. der, 0], out _));
    }

    [Fact]
    public void Numbers_with_leading_zeros_or_of_the_wrong_length_are_none()
    {
        Assert.Null(PublicKeyFields.OfRsa([0, 1], [3]));
        Assert.Null(PublicKeyFields.OfRsa([1], []));
        Assert.Null(PublicKeyFields.OfPoint(KeyFamily.P256, new byte[32], new byte[31]));
        Assert.Null(PublicKeyFields.OfPoint(KeyFamily.P384, new byte[32], new byte[32]));
        Assert.NotNull(PublicKeyFields.OfPoint(KeyFamily.P521, new byte[66], new byte[66]));
    }

    [Fact]
    public void No_mutation_throws_and_what_is_read_is_written_in_one_form()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Prop.ForAll(Gens.Mutations(key.ExportSubjectPublicKeyInfo()).ToArbitrary(), mutated =>
            !PublicKeyFields.TryRead(mutated, out var fields)
            || (PublicKeyFields.TryRead(fields.Encode(), out var again) && again.Encode().AsSpan().SequenceEqual(fields.Encode())))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }
}
