using KubernetesClient.Http;
using KubernetesClient.Models;
using Xunit;

namespace KubernetesClient.Tests.Http;

public sealed class ResourcePathTests
{
    [Theory]
    [InlineData("web-0", true)]
    [InlineData("istio.io.csr", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a%2fb", false)]
    [InlineData("a?b", false)]
    [InlineData("a#b", false)]
    [InlineData("a b", false)]
    [InlineData("a\\b", false)]
    [InlineData("ä", false)]
    [InlineData("a\nb", false)]
    public void Only_names_can_stand_in_a_path(string? name, bool isOne)
    {
        Assert.Equal(isOne, ResourcePath.IsSegment(name));
        Assert.Equal(isOne, ResourcePath.Of(V1Node.Resource, name, null, null) is not null);
        Assert.Equal(isOne, ResourcePath.Of(V1Pod.Resource, "web", name ?? "", null) is not null);
    }

    [Fact]
    public void Paths_are_those_of_the_api()
    {
        Assert.Equal("/api/v1/namespaces/shop/pods/web", ResourcePath.Of(V1Pod.Resource, "web", "shop", null));
        Assert.Equal("/api/v1/pods", ResourcePath.Of(V1Pod.Resource, null));
        Assert.Equal(
            "/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval",
            ResourcePath.Of(V1CertificateSigningRequest.Resource, "a", null, "approval"));
        Assert.Equal("/apis/authentication.k8s.io/v1/tokenreviews", ResourcePath.Of(V1TokenReview.Resource, null));
    }

    [Fact]
    public void A_namespace_is_neither_missing_nor_too_much()
    {
        Assert.Null(ResourcePath.Of(V1Pod.Resource, "web", null, null));
        Assert.Null(ResourcePath.Of(V1Node.Resource, "one", "shop", null));
        Assert.Null(ResourcePath.Of(V1Node.Resource, "shop"));
    }

    [Fact]
    public void Selectors_are_escaped() => Assert.Equal(
        "?labelSelector=a%20in%20%28b%2Cc%29&fieldSelector=spec.nodeName%3Dn%26x&limit=5",
        ResourcePath.Query(new ListQuery { LabelSelector = "a in (b,c)", FieldSelector = "spec.nodeName=n&x" }, ("limit", "5"), ("continue", null)));
}
