using System.Text;
using AuthzEngine.Compilation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Compilation;

public sealed class Utf8OrderTests
{
    [Fact]
    public void Texts_are_ordered_as_their_bytes()
    {
        var texts = Gen.Elements("a", "]", "\uE000", "\uFFFD", "\U00010000", "\U0001F600", "\U0001F601", "é").ArrayOf().Select(string.Concat);
        Prop.ForAll(texts.ToArbitrary(), texts.ToArbitrary(), (left, right) =>
            Math.Sign(Utf8Order.Instance.Compare(left, right))
            == Math.Sign(Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right))))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }
}
