using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Tests.Evaluation;

public sealed class AttributesReadTests
{
    // key of a condition; headers, claims and metadata that it reads
    [Theory]
    [InlineData("request.headers[X-Team]", "x-team", "", "")]
    [InlineData("request.headers[:scheme]", ":scheme", "", "")]
    [InlineData("request.headers[:method]", "", "", "")]
    [InlineData("request.auth.claims[groups]", "", "iss groups", "")]
    [InlineData("request.auth.claims[realm][roles]", "", "iss realm/roles", "")]
    [InlineData("request.auth.principal", "", "iss sub", "")]
    [InlineData("experimental.envoy.filters.http.f[k]", "", "", "envoy.filters.http.f/k")]
    [InlineData("source.ip", "", "", "")]
    public void A_condition_reads_what_its_key_names(string key, string headers, string claims, string metadata)
    {
        var reads = Reads(Written.Deny(Written.When(key, "10.0.0.1")));

        Assert.Equal(headers, string.Join(' ', reads.Headers));
        Assert.Equal(claims, string.Join(' ', reads.Claims.Select(path => string.Join('/', path.Names))));
        Assert.Equal(metadata, string.Join(' ', reads.Metadata.Select(path => string.Join('/', path.Names))));
        Assert.False(reads.Query);
    }

    [Fact]
    public void Only_the_pseudo_header_of_the_path_reads_its_query()
    {
        Assert.True(Reads(Written.Deny(Written.When("request.headers[:path]", "/a"))).Query);
        Assert.False(Reads(Written.Deny(Written.To(new Operation { Paths = ["/a"] }))).Query);
    }

    [Fact]
    public void What_several_rules_read_is_named_once_and_negated_rules_read_too()
    {
        var reads = Reads(Written.Allow(Written.When("request.headers[b]", "x"), Written.WhenNot("request.headers[a]", "x"), Written.When("request.headers[b]", "y")));

        Assert.Equal(["a", "b"], reads.Headers);
        Assert.Equal(AttributeKinds.Headers, reads.Kinds);
    }

    [Theory]
    [InlineData(PolicyAction.Audit)]
    [InlineData(PolicyAction.Custom)]
    [InlineData(PolicyAction.Deny)]
    [InlineData(PolicyAction.Allow)]
    public void Rules_of_every_action_read(PolicyAction action) =>
        Assert.Equal(["a"], Reads(Written.Policy(action, Written.When("request.headers[a]", "x"))).Headers);

    [Fact]
    public void Without_policies_nothing_is_read()
    {
        var reads = Reads();

        Assert.Empty(reads.Headers);
        Assert.Equal(AttributeKinds.None, reads.Kinds);
    }

    private static AttributesRead Reads(params AuthorizationPolicy[] policies) => AttributesRead.Of(
        PolicySet.Compile(new([.. policies], []), new MeshSettings { ExtensionProviders = [new("sso", ExtensionProviderKind.Grpc)] })
            .For(new Workload { Namespace = "shop" }));
}
