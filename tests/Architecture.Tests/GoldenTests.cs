using Xunit;

namespace Architecture.Tests;

public sealed class GoldenTests
{
    [Fact]
    public void Equal_texts_do_not_differ() => Verdict.None(Golden.Difference("a", ["x", "y"], ["x", "y"]));

    [Fact]
    public void A_line_that_is_gone_is_named() => Verdict.One("a: gone: y", Golden.Difference("a", ["x", "y"], ["x"]));

    [Fact]
    public void A_line_that_is_new_is_named() => Verdict.One("a: new: y", Golden.Difference("a", ["x"], ["x", "y"]));

    [Fact]
    public void A_changed_order_is_named() => Verdict.One("order", Golden.Difference("a", ["x", "y"], ["y", "x"]));
}
