using AuthzEngine.Formats.Yaml;
using AuthzEngine.Formats.Yaml.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml.Nodes;

public sealed class YamlTextTests
{
    // text, its parts, lines before each
    public static TheoryData<string, string[], int[]> Parts() =>
    [
        new("", [""], [0]) { Label = "nothing" },
        new("a\n---\nb", ["a\n", "---\nb"], [0, 1]) { Label = "marker" },
        new("---\na", ["---\na"], [0]) { Label = "marker first" },
        new("# c\n%YAML 1.1\n\n---\na", ["# c\n%YAML 1.1\n\n---\na"], [0]) { Label = "prologue belongs to its document" },
        new("a\r\n--- b\r\n---\tc\r\n", ["a\r\n", "--- b\r\n", "---\tc\r\n"], [0, 1, 2]) { Label = "carriage returns" },
        new("a\r---\rb", ["a\r", "---\rb"], [0, 1]) { Label = "carriage returns alone" },
        new("a\n...\n# c\n---\nb", ["a\n...\n", "# c\n---\nb"], [0, 2]) { Label = "end marker" },
        new("---a\n ---\n----\n....", ["---a\n ---\n----\n...."], [0]) { Label = "no markers" },
        new("a: |\n  b\n---\nc", ["a: |\n  b\n", "---\nc"], [0, 2]) { Label = "ends a block scalar" },
        new("a\n...", ["a\n...", ""], [0, 2]) { Label = "end without line end" },
    ];

    [Theory, MemberData(nameof(Parts))]
    public void Text_divides_at_document_markers(string text, string[] parts, int[] linesBefore)
    {
        var divided = YamlText.Divide(text).ToList();
        Assert.Equal(parts, divided.Select(part => part.Text));
        Assert.Equal(linesBefore, divided.Select(part => part.LinesBefore));
    }

    [Fact]
    public void Parts_together_are_the_text() =>
        Prop.ForAll(
            Gen.Elements("a", "\n", "\r", "\r\n", "---", "...", " ", "#", "%").ListOf().Select(string.Concat).ToArbitrary(),
            text => string.Concat(YamlText.Divide(text).Select(part => part.Text)) == text)
        .QuickCheckThrowOnFailure();

    // No attribute: its UTF-8 would not hold a lone surrogate.
    public static TheoryData<string, int, int> Forbidden() =>
    [
        new("a\0", 1, 2) { Label = "NUL" },
        new("a\nb\n\u0007", 3, 1) { Label = "control character" },
        new("a\r\nb\rc\u007f", 3, 2) { Label = "delete" },
        new("\n\ud800", 2, 1) { Label = "high surrogate" },
        new("\udc00\ud800", 1, 1) { Label = "surrogates in the wrong order" },
        new("\ud83d\ude00\ud83d", 1, 3) { Label = "surrogate after a pair" },
    ];

    [Theory, MemberData(nameof(Forbidden))]
    public void Forbidden_character_is_found_where_it_stands(string text, int line, int column)
    {
        var fault = YamlText.Check(text, new YamlLimits());
        Assert.Equal((YamlCodes.Character, line, column), (fault!.Code, fault.Line, fault.Column));
    }

    [Theory]
    [InlineData("caf\u00e9 \ud83d\ude00")]
    [InlineData("\t\r\n")]
    [InlineData("\u00a0\ufffd")]
    public void Printable_text_has_no_fault(string text) => Assert.Null(YamlText.Check(text, new YamlLimits()));
}
