using System.Text;
using KubernetesClient;
using KubernetesClient.Models;
using MeshCA.PolicySources.Watched;
using TestSupport.Kubernetes;
using Xunit;

namespace MeshCA.Tests.PolicySources.Watched;

public sealed class IstioVersionsTests
{
    private const string Resources = """{"resources":[{"name":"authorizationpolicies"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"resources":[{"name":"authorizationpolicies/status"},{"name":"authorizationpolicies"}]}""", true)]
    [InlineData("""{"resources":[{"name":"authorizationpolicies/status"}]}""", false)]
    [InlineData("""{"resources":[7,null,{"name":7},{}]}""", false)]
    [InlineData("""{"resources":7}""", null)]
    [InlineData("[]", null)]
    [InlineData("no JSON", null)]
    public void A_kind_is_served_that_the_list_of_resources_names(string document, bool? isServed) =>
        Assert.Equal(isServed, IstioVersions.Serves(Encoding.UTF8.GetBytes(document), "authorizationpolicies"));

    [Theory]
    [InlineData("v1 v1beta1", "v1")]
    [InlineData("v1beta1", "v1beta1")]
    [InlineData("v1alpha1", "NotFound")]
    public async Task The_preferred_version_that_is_served_is_taken(string served, string expected)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        foreach (var version in served.Split(' '))
        {
            server.Documents[$"/apis/security.istio.io/{version}"] = Resources;
        }

        server.Missing["authorizationpolicies"] = true;
        Assert.Equal(expected, await FindAsync(server));
    }

    [Theory]
    [InlineData(500, "ServerFault")]
    [InlineData(403, "Forbidden")]
    [InlineData(404, "BadAnswer")]
    public async Task A_server_that_does_not_call_itself_ready_is_not_believed_that_a_kind_is_missing(int status, string expected)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        server.Missing["authorizationpolicies"] = true;
        server.Fault = request => request.Path == "/readyz" ? new FakeApiFault.Error(status, "x") : null;
        Assert.Equal(expected, await FindAsync(server));
    }

    [Theory]
    [InlineData("", "v1")]
    [InlineData("/v1/", "v1beta1")]
    [InlineData("/v1", "NotFound")]
    public async Task A_kind_that_can_be_listed_is_there_whatever_the_list_of_versions_says(string missing, string expected)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        server.Fault = request => missing.Length > 0 && request.Path.Contains("security.istio.io" + missing, StringComparison.Ordinal) ? new FakeApiFault.Error(404, "NotFound") : null;
        Assert.Equal(expected, await FindAsync(server));
    }

    [Theory]
    [InlineData("/v1/authorizationpolicies")]
    [InlineData("/v1beta1/authorizationpolicies")]
    public async Task A_list_that_fails_otherwise_says_nothing_about_the_kind(string failing)
    {
        await using var server = await FakeApiServer.StartAsync(Token);
        server.Fault = request => request.Path.EndsWith(failing, StringComparison.Ordinal) ? new FakeApiFault.Error(403, "Forbidden")
            : request.Path.EndsWith("/authorizationpolicies", StringComparison.Ordinal) ? new FakeApiFault.Error(404, "NotFound")
            : null;
        Assert.Equal("Forbidden", await FindAsync(server));
    }

    // The version, or the kind of failure.
    private static async Task<string> FindAsync(FakeApiServer server)
    {
        using var api = server.CreateClient();
        return await IstioVersions.FindAsync<V1AuthorizationPolicy, V1Beta1AuthorizationPolicy>(api, Token) switch
        {
            ApiOutcome<string>.Done(var version) => version,
            ApiOutcome<string>.Failed(var failure) => failure.Kind.ToString(),
            _ => "",
        };
    }
}
