using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Requests;

public sealed class IRequestHeadersTests
{
    [Fact]
    public void Lines_keep_their_order_and_join_with_commas()
    {
        var lines = new HeaderLines(["b", "a,c"]);
        Assert.Equal((2, "b", "a,c", "b,a,c"), (lines.Count, lines[0], lines[1], lines.Join()));
    }

    [Fact]
    public void One_line_joins_to_itself()
    {
        var lines = new HeaderLines("a,b");
        Assert.Equal((1, "a,b", "a,b"), (lines.Count, lines[0], lines.Join()));
    }

    [Fact]
    public void An_absent_header_has_no_line() => Assert.Equal((0, ""), (default(HeaderLines).Count, default(HeaderLines).Join()));
}
