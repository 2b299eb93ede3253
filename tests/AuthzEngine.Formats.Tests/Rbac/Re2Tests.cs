using System.Text.RegularExpressions;
using AuthzEngine.Formats.Rbac;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Formats.Tests.Rbac;

public sealed class Re2Tests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a-b/c_d~e", "a-b/c_d~e")]
    [InlineData(@"\.+*?()|[]{}^$", @"\\\.\+\*\?\(\)\|\[\]\{\}\^\$")]
    [InlineData("prod.\u00e9", "prod\\.\u00e9")]
    public void Metacharacters_are_escaped_and_nothing_else(string text, string quoted) => Assert.Equal(quoted, Re2.Quote(text));

    [Fact]
    public void A_quoted_text_matches_itself_only()
    {
        var texts = Gen.Elements('a', 'b', '.', '*', '\\', '(', ']', '$', '|').ArrayOf().Select(letters => new string(letters)).ToArbitrary();
        Prop.ForAll(texts, texts, (text, other) =>
            Regex.IsMatch(other, $@"\A(?:{Re2.Quote(text)})\z", RegexOptions.NonBacktracking) == (text == other)
            && Regex.IsMatch(text, $@"\A(?:{Re2.Quote(text)})\z", RegexOptions.NonBacktracking)).QuickCheckThrowOnFailure();
    }
}
