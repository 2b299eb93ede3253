using FsCheck;
using FsCheck.Fluent;
using MeshCA.Cryptography;
using MeshCA.Storage.Chaining;
using Xunit;

namespace MeshCA.Tests.Storage.Chaining;

public sealed class CheckpointReferenceTests
{
    private static readonly CheckpointReference Reference = new(3, 1200, Fingerprint.Of([1]), 40, Fingerprint.Of([2]));

    [Fact]
    public void What_the_log_prints_is_read_back()
    {
        Assert.True(CheckpointReference.TryParse(Reference.ToString(), out var read));
        Assert.Equal(Reference, read);
    }

    [Fact]
    public void Reading_never_throws_and_gives_a_reference_or_nothing() =>
        Prop.ForAll<string?>(text => CheckpointReference.TryParse(text, out var read) == (read is not null)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_text_with_one_character_changed_is_another_reference_or_none()
    {
        var text = Reference.ToString();
        for (var i = 0; i < text.Length; i++)
        {
            var changed = text[..i] + (text[i] == '7' ? '8' : '7') + text[(i + 1)..];
            Assert.False(CheckpointReference.TryParse(changed, out var read) && read == Reference);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1:2:3:4:5")]
    [InlineData("-1:2:3:4:5")]
    public void What_is_no_reference_is_refused(string? text) => Assert.False(CheckpointReference.TryParse(text, out _));
}
