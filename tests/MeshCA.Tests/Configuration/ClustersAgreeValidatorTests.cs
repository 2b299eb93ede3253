using MeshCA.Configuration;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Configuration;

/// <summary>A cluster that stands among the clusters and among the token issuers.</summary>
public sealed class ClustersAgreeValidatorTests
{
    [Theory]
    [InlineData("vm", "", "https://a", null, "")]
    [InlineData("main", "", "https://a", null, "")]
    [InlineData("main", "m", "https://a", null, "")]
    [InlineData("main", "", "https://a", "cluster.local", "")]
    [InlineData("main", "", "https://a", "elsewhere", "another trust domain")]
    [InlineData("main", "", "https://main", null, "without a look at pods")]
    [InlineData("m", "", "https://a", null, "its `ClusterId` must be `main`")]
    [InlineData("vm", "m", "https://a", null, "has the alias `m` for another cluster")]
    [InlineData("vm", "main", "https://a", null, "has the alias `main` for another cluster")]
    public void Both_must_say_the_same(string clusterId, string alias, string url, string? trustDomain, string fault)
    {
        var issuer = Issuer("static", clusterId, url);
        issuer.TrustDomain = trustDomain;
        issuer.ClusterAliases = alias.Length > 0 ? [alias] : [];
        Assert.Equal(fault.Length == 0, Validate(issuer).Succeeded);
        Assert.Contains(fault, Validate(issuer).FailureMessage ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void An_issuer_is_not_called_as_a_cluster() =>
        Assert.Contains("could not tell them apart", Validate(Issuer("main", "vm", "https://a")).FailureMessage, StringComparison.Ordinal);

    [Fact]
    public void Where_the_cluster_s_tokens_are_left_to_the_issuers_the_url_is_theirs() =>
        Assert.True(Validate(Issuer("static", "main", "https://main"), ClusterTokenMode.Off).Succeeded);

    private static TokenIssuerOptions Issuer(string name, string clusterId, string url) =>
        new() { Name = name, ClusterId = clusterId, Issuer = url, JwksFile = "/none" };

    private static ValidateOptionsResult Validate(TokenIssuerOptions issuer, ClusterTokenMode mode = ClusterTokenMode.Combined)
    {
        var cluster = new ClusterOptions { Id = "main", Aliases = ["m"], Tokens = new() { Mode = mode, Issuers = ["https://main"] } };
        var validator = new ClustersAgreeValidator(
            Options.Create(new AuthenticationOptions { Issuers = [issuer] }), Options.Create(new MeshOptions { TrustDomain = "cluster.local" }));
        return validator.Validate(null, new KubernetesOptions { Clusters = [cluster] });
    }
}
