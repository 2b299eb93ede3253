using System.Collections.Frozen;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.DecisionLog;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class QuerySecretsTests
{
    private static readonly QuerySecrets Secrets =
        new(FrozenSet.Create(StringComparer.Ordinal, "access_token", "t"), SampleDecisions.Digest);

    private static readonly string Digest = SampleDecisions.Digest.Of("abc");

    // %: stands for the digest of `abc`
    [Theory]
    [InlineData("/a?access_token=abc", "/a?access_token=%")]
    [InlineData("/a?x=1&t=abc&y=2", "/a?x=1&t=%&y=2")]
    [InlineData("/a?t=abc&t=abc", "/a?t=%&t=%")]
    [InlineData("/a?access%5Ftoken=abc", "/a?access%5Ftoken=%")]
    public void A_token_is_replaced_and_the_rest_stays(string path, string replaced) =>
        Assert.Equal(replaced.Replace("=%", "=" + Digest, StringComparison.Ordinal), Secrets.Replace(path));

    [Theory]
    [InlineData("/access_token=abc")]
    [InlineData("/a?")]
    [InlineData("/a?t")]
    [InlineData("/a?t=")]
    [InlineData("/a?T=abc")]
    [InlineData("/a?xt=abc&tt=abc")]
    [InlineData("")]
    public void Without_a_token_the_path_is_the_same_object(string path) => Assert.Same(path, Secrets.Replace(path));

    [Fact]
    public void No_query_beside_it_keeps_a_token_in() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((before, after) =>
                !Secrets.Replace($"/?{before.Get}&t=secretsecret&{after.Get}").Contains("t=secretsecret", StringComparison.Ordinal))
            .QuickCheckThrowOnFailure();
}
