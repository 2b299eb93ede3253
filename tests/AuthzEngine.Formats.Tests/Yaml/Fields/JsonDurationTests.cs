using AuthzEngine.Formats.Yaml.Fields;
using Xunit;

namespace AuthzEngine.Formats.Tests.Yaml.Fields;

public sealed class JsonDurationTests
{
    [Theory]
    [InlineData("5s", 50_000_000)]
    [InlineData("0s", 0)]
    [InlineData("1.5s", 15_000_000)]
    [InlineData("-0.001s", -10_000)]
    [InlineData("0.0000001s", 1)]
    [InlineData("0.001000001s", 10_001)] // finer than a tick: never a whole millisecond
    [InlineData("315576000000s", 3_155_760_000_000_000_000)]
    public void Duration_is_decimal_seconds(string text, long ticks)
    {
        Assert.True(JsonDuration.TryParse(text, out var duration));
        Assert.Equal(ticks, duration.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-s")]
    [InlineData("5")]
    [InlineData("5m")]
    [InlineData("5ms")]
    [InlineData("1m5s")]
    [InlineData("+5s")]
    [InlineData(" 5s")]
    [InlineData("5 s")]
    [InlineData("1.s")]
    [InlineData(".5s")]
    [InlineData("1.0000000001s")]
    [InlineData("1e3s")]
    [InlineData("315576000001s")]
    [InlineData("99999999999999999999s")]
    public void Other_text_is_no_duration(string text) => Assert.False(JsonDuration.TryParse(text, out _));
}
