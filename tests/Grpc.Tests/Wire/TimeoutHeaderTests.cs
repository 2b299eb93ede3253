using FsCheck;
using FsCheck.Fluent;
using Grpc.Wire;
using Xunit;

namespace Grpc.Tests.Wire;

public sealed class TimeoutHeaderTests
{
    private const long Longest = 99_999_999 * TimeSpan.TicksPerSecond;

    [Theory]
    [InlineData("1H", TimeSpan.TicksPerHour)]
    [InlineData("2M", 2 * TimeSpan.TicksPerMinute)]
    [InlineData("3S", 3 * TimeSpan.TicksPerSecond)]
    [InlineData("250m", 250 * TimeSpan.TicksPerMillisecond)]
    [InlineData("7u", 70)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("1n", 1)]
    [InlineData("0n", 0)]
    [InlineData("99999999S", Longest)]
    [InlineData("99999999H", Longest)]
    public void A_timeout_is_digits_and_a_unit(string text, long ticks)
    {
        Assert.True(TimeoutHeader.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("1h")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData(" 1S")]
    [InlineData("1 S")]
    [InlineData("1.5S")]
    [InlineData("1SS")]
    [InlineData("123456789S")]
    [InlineData("\u0661S")]
    public void Anything_else_is_no_timeout(string text) => Assert.False(TimeoutHeader.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0m")]
    [InlineData(1, "1m")]
    [InlineData(TimeSpan.TicksPerSecond, "1000m")]
    [InlineData(99_999_999 * TimeSpan.TicksPerMillisecond, "99999999m")]
    [InlineData((99_999_999 * TimeSpan.TicksPerMillisecond) + 1, "99999S")]
    [InlineData(long.MaxValue, "99999999S")]
    public void A_timeout_is_sent_in_milliseconds_rounded_up_while_they_fit(long ticks, string text) =>
        Assert.Equal(text, TimeoutHeader.Format(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Parsing_never_throws() =>
        Prop.ForAll<NonNull<string>>(text => TimeoutHeader.TryParse(text.Get, out var timeout) || timeout == default)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_timeout_never_grows_by_more_than_its_unit_on_the_wire() =>
        Prop.ForAll<PositiveInt>(milliseconds =>
            TimeoutHeader.TryParse(TimeoutHeader.Format(TimeSpan.FromMilliseconds(milliseconds.Get)), out var back)
            && back == TimeSpan.FromMilliseconds(milliseconds.Get))
            .QuickCheckThrowOnFailure();
}
