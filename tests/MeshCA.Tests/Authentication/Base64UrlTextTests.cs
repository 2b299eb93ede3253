using System.Buffers.Text;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authentication;
using Xunit;

namespace MeshCA.Tests.Authentication;

public sealed class Base64UrlTextTests
{
    [Theory]
    [InlineData("", true), InlineData("AA", true), InlineData("AAA", true), InlineData("AAAA", true), InlineData("_-8", true)]
    [InlineData("A", false), InlineData("AAAAA", false), InlineData("AB", false), InlineData("AAB", false)]
    [InlineData("AA==", false), InlineData("AA=", false), InlineData("A A", false), InlineData("AA\n", false), InlineData("+/8", false)]
    public void Only_the_canonical_text_is_accepted(string text, bool expected) => Assert.Equal(expected, Base64UrlText.IsCanonical(text));

    [Fact]
    public void Octets_have_one_text_and_come_back_from_it() =>
        Prop.ForAll<byte[]>(octets => Base64UrlText.TryDecode(Base64Url.EncodeToString(octets), out var back) && back.SequenceEqual(octets))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_accepted_is_what_would_be_printed()
    {
        var texts = Gen.Elements('A', 'B', 'Q', 'g', '-', '_', '9', '=', '+').ArrayOf().Select(letters => new string(letters));
        Prop.ForAll(texts.ToArbitrary(), text => !Base64UrlText.TryDecode(text, out var octets) || Base64Url.EncodeToString(octets) == text)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }
}
