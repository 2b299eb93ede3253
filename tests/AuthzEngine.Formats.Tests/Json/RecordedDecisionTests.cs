using System.Text;
using AuthzEngine.Formats.Json;
using Xunit;

namespace AuthzEngine.Formats.Tests.Json;

public sealed class RecordedDecisionTests
{
    [Fact]
    public void A_record_says_what_was_decided()
    {
        var record = Read("""{"time":"2026-01-02T03:04:05Z","decision_id":"d1","revision":7,"decision":"allow","policy":"p","reason":"r"}""", out var fault);

        Assert.Null(fault);
        Assert.Equal(new("d1", "2026-01-02T03:04:05Z", Allowed: true, "p", "r"), record);
    }

    [Fact]
    public void All_but_the_decision_may_be_missing()
    {
        Assert.Equal(new("", "", Allowed: false, null, ""), Read("""{"decision":"deny","policy":null}""", out var fault));
        Assert.Null(fault);
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("1", "an object is wanted")]
    [InlineData("{}", "decision: it is missing")]
    [InlineData("""{"decision":"maybe"}""", "decision: `maybe` is none of `allow`, `deny`")]
    [InlineData("""{"decision":"allow","policy":1}""", "policy: text is wanted")]
    public void Other_lines_are_no_record(string line, string error)
    {
        _ = Read(line, out var fault);

        Assert.Contains(error, fault?.ToString(), StringComparison.Ordinal);
    }

    private static RecordedDecision Read(string line, out JsonFault? fault) => RecordedDecision.Read(Encoding.UTF8.GetBytes(line), out fault);
}
