using AuthzEngine.Matching;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Matching;

public sealed class ClaimPathTests
{
    [Theory]
    [InlineData("[a]", "a")]
    [InlineData("[a][b][c]", "a", "b", "c")]
    [InlineData("[a.b][c/d]", "a.b", "c/d")]
    [InlineData("[[a]]", "[a]")]
    [InlineData("[a]b[c]", "a]b[c")]
    [InlineData("[a]]", "a]")]
    [InlineData("[[a]", "[a")]
    [InlineData("[a][[b]]", "a][[b]")]
    public void Brackets_in_a_clean_sequence_are_nested_names(string brackets, params string[] names) =>
        Assert.Equal(names, ClaimPath.Of(brackets).Names);

    [Fact]
    public void The_way_leads_through_objects_only()
    {
        var leaf = new ClaimValue.Text("v");
        var payload = Struct("a", Struct("b", leaf));
        Assert.Same(leaf, new ClaimPath(["a", "b"]).Find(payload));
        Assert.Null(new ClaimPath(["a", "c"]).Find(payload));
        Assert.Null(new ClaimPath(["a", "b", "c"]).Find(payload));
        Assert.Null(new ClaimPath(["a", "b"]).Find(Struct("a", new ClaimValue.List([Struct("b", leaf)]))));
        Assert.Null(new ClaimPath(["a"]).Find(null));
    }

    private static ClaimValue.Struct Struct(string name, ClaimValue value) =>
        new(new Dictionary<string, ClaimValue> { [name] = value });
}
