using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authorities;
using MeshCA.Storage.Sealing;
using Xunit;

namespace MeshCA.Tests.Storage.Sealing;

public sealed class KeyEncryptionKeyTests : IDisposable
{
    private readonly KeyEncryptionKey _kek = new(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), "file `a`");

    [Fact]
    public void What_was_sealed_opens_again() =>
        Prop.ForAll<byte[], NonNull<string>>((secret, context) =>
            _kek.Open(_kek.Seal(secret, context.Get), context.Get).SequenceEqual(secret)).QuickCheckThrowOnFailure();

    [Fact]
    public void Sealing_twice_gives_two_values() =>
        Assert.NotEqual(_kek.Seal([1], "a"), _kek.Seal([1], "a"));

    [Fact]
    public void A_value_moved_to_another_row_does_not_open() =>
        Assert.Throws<KeySealException>(() => _kek.Open(_kek.Seal([1], "a"), "b"));

    [Fact]
    public void A_value_with_any_bit_changed_does_not_open()
    {
        var blob = _kek.Seal([1, 2, 3], "a");
        for (var bit = 0; bit < blob.Length * 8; bit++)
        {
            var changed = blob.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<KeySealException>(() => _kek.Open(changed, "a"));
        }
    }

    [Fact]
    public void Arbitrary_bytes_never_open() =>
        Prop.ForAll<byte[]>(blob => Record.Exception(() => _kek.Open(blob, "a")) is KeySealException).QuickCheckThrowOnFailure();

    [Fact]
    public void Another_key_opens_nothing_and_the_message_names_the_source()
    {
        using var other = new KeyEncryptionKey(new byte[32], "file `b`");
        var exception = Assert.Throws<KeySealException>(() => other.Open(_kek.Seal([1], "a"), "a"));
        Assert.Contains("file `b`", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", true)]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", true)]
    [InlineData("  AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n", true)]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", false)]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g", false)]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g", false)]
    [InlineData("", false)]
    public void A_key_is_32_bytes_as_Base64_or_hexadecimal(string text, bool isKey)
    {
        Assert.Equal(isKey, KeyEncryptionKey.TryDecode(Encoding.ASCII.GetBytes(text), out var key));
        Assert.Equal(isKey ? Enumerable.Range(0, 32).Select(i => (byte)i) : null, key);
    }

    [Fact]
    public void Decoding_any_text_never_throws() =>
        Prop.ForAll<byte[]>(text => KeyEncryptionKey.TryDecode(text, out var key) == (key is not null)).QuickCheckThrowOnFailure();

    public void Dispose() => _kek.Dispose();
}
