using FsCheck;
using FsCheck.Fluent;
using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class AdminOutputTests
{
    [Theory]
    [InlineData("plain ünïcode", "plain ünïcode")]
    [InlineData("\u001b[2Jgone", "\\u001b[2Jgone")]
    [InlineData("a\r\nb", "a\\u000d\\u000ab")]
    [InlineData("a\u202eb", "a\\u202eb")]
    [InlineData("\u009b1m", "\\u009b1m")]
    public void What_a_terminal_would_act_on_is_spelled_out(string text, string printable) =>
        Assert.Equal(printable, AdminOutput.Printable(text));

    [Fact]
    public void No_text_brings_a_control_character_to_the_terminal() =>
        Prop.ForAll<NonNull<string>>(text => !AdminOutput.Printable(text.Get).Any(char.IsControl)).QuickCheckThrowOnFailure();
}
