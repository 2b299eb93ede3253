using MeshCA.Authentication;
using Xunit;

namespace MeshCA.Tests.Authentication;

public sealed class CallCredentialsTests
{
    [Theory]
    [InlineData("Bearer a", "a"), InlineData("Bearer  a", " a"), InlineData("Bearer ", ""), InlineData("Bearer a b", "a b")]
    [InlineData("bearer a", null), InlineData("BEARER a", null), InlineData("Bearer", null), InlineData("Bearera", null)]
    [InlineData(" Bearer a", null), InlineData("Basic a", null), InlineData("Istio a", null), InlineData("", null)]
    [InlineData("Bearer\ta", null)]
    public void A_token_stands_after_exactly_this_prefix(string value, string? expected) =>
        Assert.Equal(expected, CallCredentials.From([value], [], default).Token?.ToString());

    [Fact]
    public void The_first_bearer_value_counts_whatever_stands_before_it() =>
        Assert.Equal("a", CallCredentials.From(["Basic x", "bearer y", "Bearer a", "Bearer b"], [], default).Token?.ToString());

    [Fact]
    public void A_cluster_id_counts_only_alone()
    {
        Assert.Equal("c", CallCredentials.From([], ["c"], default).ClusterId);
        Assert.Equal("", CallCredentials.From([], [], default).ClusterId);
        Assert.Equal("", CallCredentials.From([], ["c", "d"], default).ClusterId);
        Assert.Equal("", CallCredentials.From([], ["c", "c"], default).ClusterId);
    }

    [Fact]
    public void The_printed_form_holds_no_token() =>
        Assert.DoesNotContain("secret", CallCredentials.From(["Bearer secret"], [], default).ToString(), StringComparison.Ordinal);
}
