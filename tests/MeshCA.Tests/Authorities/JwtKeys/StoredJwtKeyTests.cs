using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using Xunit;

namespace MeshCA.Tests.Authorities.JwtKeys;

public sealed class StoredJwtKeyTests
{
    [Theory]
    [InlineData(nameof(KeyAlgorithm.EcdsaP256))]
    [InlineData(nameof(KeyAlgorithm.EcdsaP384))]
    [InlineData(nameof(KeyAlgorithm.Rsa))]
    public void What_was_written_is_read_back(string algorithm)
    {
        using var key = SigningKey.Generate(Enum.Parse<KeyAlgorithm>(algorithm), 2048);
        var read = StoredJwtKey.Read(new StoredJwtKey(TimeSpan.FromMinutes(61), key.PublicKey).Encode());
        Assert.Equal(TimeSpan.FromMinutes(61), read.LongestToken);
        Assert.Equal(key.PublicKey.SubjectPublicKeyInfo.ToArray(), read.PublicKey.SubjectPublicKeyInfo.ToArray());
        Assert.Equal(key.PublicKey.Algorithm, read.PublicKey.Algorithm);
    }

    [Fact]
    public void Anything_else_is_refused_by_one_exception()
    {
        using var key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var good = new StoredJwtKey(TimeSpan.FromMinutes(5), key.PublicKey).Encode();
        Assert.Throws<KeySealException>(() => StoredJwtKey.Read(default));
        Assert.Throws<KeySealException>(() => StoredJwtKey.Read(key.PublicKey.SubjectPublicKeyInfo));
        Prop.ForAll<int, byte>((place, value) =>
        {
            var changed = good.ToArray();
            changed[(place & int.MaxValue) % changed.Length] = value;
            try
            {
                StoredJwtKey.Read(changed);
            }
            catch (KeySealException)
            {
                // The one that is allowed.
            }
        }).QuickCheckThrowOnFailure();
    }
}
