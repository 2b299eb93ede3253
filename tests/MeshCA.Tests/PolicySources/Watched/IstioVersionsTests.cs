using System.Text;
using MeshCA.PolicySources.Watched;
using Xunit;

namespace MeshCA.Tests.PolicySources.Watched;

public sealed class IstioVersionsTests
{
    [Theory]
    [InlineData("""{"resources":[{"name":"authorizationpolicies/status"},{"name":"authorizationpolicies"}]}""", true)]
    [InlineData("""{"resources":[{"name":"authorizationpolicies/status"}]}""", false)]
    [InlineData("""{"resources":[7,null,{"name":7},{}]}""", false)]
    [InlineData("""{"resources":7}""", null)]
    [InlineData("[]", null)]
    [InlineData("no JSON", null)]
    public void A_kind_is_served_that_the_list_of_resources_names(string document, bool? isServed) =>
        Assert.Equal(isServed, IstioVersions.Serves(Encoding.UTF8.GetBytes(document), "authorizationpolicies"));
}
