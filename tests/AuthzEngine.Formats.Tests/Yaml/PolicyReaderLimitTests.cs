using System.Text;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml;

/// <summary>Untrusted texts: each is answered with a finding, in bounded time and memory, never with an exception.</summary>
public sealed class PolicyReaderLimitTests
{
    private const string Policy = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a}\n";

    // text, code of a finding
    public static TheoryData<string, string> Hostile() =>
    [
        new(new string('a', 10 * 1024 * 1024), YamlCodes.TooLong) { Label = "ten megabytes" },
        new(new string('[', 1_000_000), YamlCodes.TooDeep) { Label = "deep flow sequences" },
        new(Repeat("{a: ", 1_000_000), YamlCodes.TooDeep) { Label = "deep flow mappings" },
        new(Repeat("- ", 1_000_000), YamlCodes.TooDeep) { Label = "deep block sequences" },
        new(Repeat("? ", 1_000_000), YamlCodes.Key) { Label = "deep keys" },
        new(Bomb(9, 9), YamlCodes.TooManyNodes) { Label = "billion laughs" },
        new("a: &a [*a]", YamlCodes.Alias) { Label = "alias of what holds it" },
        new("a: *b", YamlCodes.Alias) { Label = "alias of nothing" },
        new(Repeat("---\na: b\n", 20_001), YamlCodes.TooManyDocuments) { Label = "too many documents" },
        new("[" + Repeat("a,", 1_000_000) + "]", YamlCodes.TooManyNodes) { Label = "too many values" },
        new(Policy + "spec: {rules: [{" + Repeat("x", 1, 12_000) + "}]}", YamlCodes.TooManyFindings) { Label = "unknown fields" },
        new("a: \"\0\"", YamlCodes.Character) { Label = "NUL" },
        new("a: b # \u001b[31m", YamlCodes.Character) { Label = "control character in a comment" },
        new("a: \"b\u2028c\"", YamlCodes.Character) { Label = "line separator" },
        new("a: b\u0085c: d", YamlCodes.Character) { Label = "next line" },
        new("a: \ud800", YamlCodes.Character) { Label = "lone surrogate" },
        new("a: b\ufeff", YamlCodes.Character) { Label = "byte order mark inside" },
        new("a: \"\\UFFFFFFFF\"", YamlCodes.Syntax) { Label = "escape of no character" },
        new("a: \"\\ud800\"", YamlCodes.Syntax) { Label = "escape of a lone surrogate" },
        new("a:\n\tb: c", YamlCodes.Syntax) { Label = "tab as indentation" },
        new("%YAML 9.9\n---\na: b", YamlCodes.Syntax) { Label = "unknown version" },
        new("? {a: b}\n: c", YamlCodes.Key) { Label = "key that is no text" },
    ];

    [Theory, MemberData(nameof(Hostile))]
    public void Hostile_text_is_refused_with_a_finding(string text, string code)
    {
        var read = PolicyReader.Read("hostile.yaml", text, new YamlLimits());

        Assert.Contains(read.AllFindings, finding => finding.Code == code);
        Assert.Contains(read.AllFindings, finding => finding.Severity == Severity.Error);
        Assert.All(read.AllFindings, finding => Assert.NotNull(finding.Location));
        Assert.All(read.Documents, document => Assert.Null(document.Resource));
    }

    // a limit that the text keeps, the next smaller one, text, code
    public static TheoryData<YamlLimits, YamlLimits, string, string> Bounds() =>
    [
        new(new() { MaxLength = 8 }, new() { MaxLength = 7 }, "a: bcdef", YamlCodes.TooLong),
        new(new() { MaxDepth = 3 }, new() { MaxDepth = 2 }, "a: [[]]", YamlCodes.TooDeep),
        new(new() { MaxDepth = 3 }, new() { MaxDepth = 2 }, "[&a [], [*a]]", YamlCodes.TooDeep),
        new(new() { MaxNodes = 3 }, new() { MaxNodes = 2 }, "a: b", YamlCodes.TooManyNodes),
        new(new() { MaxNodes = 9 }, new() { MaxNodes = 8 }, "a: &a [b, c]\nd: *a", YamlCodes.TooManyNodes),
        new(new() { MaxDocuments = 2 }, new() { MaxDocuments = 1 }, "a: b\n---\na: b", YamlCodes.TooManyDocuments),
    ];

    [Theory, MemberData(nameof(Bounds))]
    public void Limit_holds_exactly(YamlLimits within, YamlLimits beyond, string text, string code)
    {
        Assert.DoesNotContain(PolicyReader.Read("a", text, within).AllFindings, finding => finding.Code == code);
        Assert.Contains(PolicyReader.Read("a", text, beyond).AllFindings, finding => finding.Code == code);
        Assert.False(PolicyReader.Read("a", text, beyond).IsComplete);
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0x0a, 0x61, 0xff }, 2, 2)]
    [InlineData(new byte[] { 0xc0, 0x80 }, 1, 1)]
    [InlineData(new byte[] { 0xff, 0xfe, 0x61, 0x00 }, 1, 1)]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 }, 1, 1)]
    [InlineData(new byte[] { 0x61, 0xe2, 0x82 }, 1, 2)]
    public void Bytes_that_are_no_utf8_are_refused_with_their_place(byte[] utf8, int line, int column)
    {
        var read = PolicyReader.Read("a.yaml", utf8.AsMemory(), new YamlLimits());

        var finding = Assert.Single(read.Findings);
        Assert.Equal((YamlCodes.Encoding, new SourceLocation("a.yaml", line, column)), (finding.Code, finding.Location));
        Assert.False(read.IsComplete);
    }

    [Fact]
    public void Byte_order_mark_is_no_part_of_the_text()
    {
        var read = PolicyReader.Read("a", Encoding.UTF8.GetPreamble().Concat(Encoding.UTF8.GetBytes(Policy)).ToArray(), new YamlLimits());
        Assert.Empty(read.AllFindings);
        Assert.NotNull(Assert.Single(read.Documents).Resource);
    }

    [Fact]
    public void Part_after_a_broken_one_keeps_its_lines()
    {
        var read = PolicyReader.Read("a", "a: [\r\n---\r\n# c\r\n" + Policy, new YamlLimits());
        Assert.Equal(new SourceLocation("a", 5, 7), Assert.Single(read.Documents).Locate!("kind"));
    }

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Prop.ForAll(Texts, text =>
        {
            var read = PolicyReader.Read("any", text, new YamlLimits());
            return read.Documents.All(document =>
                (document.Resource is null) == document.Findings.Any(finding => finding.Severity == Severity.Error));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_read_or_refused() =>
        Prop.ForAll<byte[]>(bytes => PolicyReader.Read("any", bytes ?? [], new YamlLimits()) is not null).QuickCheckThrowOnFailure();

    // Texts of the tokens that YAML is made of, in any order: far more of them get past the scanner than of random ones.
    private static Arbitrary<string> Texts =>
        Gen.Elements(
                "a", "b", ": ", ":", "- ", "? ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ",", "\"", "'", "|", ">", "&a ", "*a", "!t ", "# ",
                "%", "---\n", "...\n", "<<", "~", "\\u12", "\\ud83d", "\\", "0x1", "\t", "\r\n", "@", "`", "kind: AuthorizationPolicy\n",
                "apiVersion: security.istio.io/v1\n", "metadata: {name: a}\n", "spec:\n", "  rules: [{}]\n", "items:\n", "kind: List\n")
            .ListOf()
            .Select(string.Concat)
            .ToArbitrary();

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static string Repeat(string prefix, int first, int count) =>
        string.Join(',', Enumerable.Range(first, count).Select(i => $"{prefix}{i}: a"));

    private static string Bomb(int levels, int width) => string.Concat(Enumerable.Range(0, levels).Select(level =>
        $"a{level}: &a{level} [{string.Join(',', Enumerable.Repeat(level == 0 ? "x" : $"*a{level - 1}", width))}]\n"));
}
