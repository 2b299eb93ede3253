using AuthzEngine.Diagnostics;
using Xunit;

namespace AuthzEngine.Tests.Diagnostics;

public sealed class MemberNameTests
{
    [Theory]
    [InlineData("app", ".app")]
    [InlineData("8080", ".8080")]
    [InlineData("a_B-1", ".a_B-1")]
    [InlineData("", "[\"\"]")]
    [InlineData("istio.io/dry-run", "[\"istio.io/dry-run\"]")]
    [InlineData("a\u001b", "[\"a?\"]")]
    public void A_name_that_is_no_word_stands_in_brackets(string name, string printed) => Assert.Equal(printed, MemberName.Of(name));

    [Theory]
    [InlineData(64, 65)]
    [InlineData(65, 69)]
    [InlineData(1000, 85)]
    public void A_long_name_is_cut(int length, int printed) => Assert.Equal(printed, MemberName.Of(new string('a', length)).Length);
}
