using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.PolicySources;

/// <summary>The admission webhook over its TLS port, called as an API server calls it.</summary>
public sealed class WebhookTests
{
    private const string Name = "meshca.meshca-system.svc";

    private static readonly (string, string)[] Settings =
    [
        ("Kubernetes:Webhook:Address", "127.0.0.1"),
        ("Kubernetes:Webhook:Port", "0"),
        ("Kubernetes:Webhook:DnsNames:0", Name),
        ("Kubernetes:Policies:WriteStatus", "false"),
    ];

    [Fact]
    public async Task A_valid_policy_is_allowed_with_warnings_about_what_it_does_to_others()
    {
        await using var cluster = await ClusterHome.CreateAsync("v1", Settings);
        cluster.Server.Put(KubernetesClient.Models.V1AuthorizationPolicy.Resource, """
            {"metadata":{"name":"readers","namespace":"shop"},"spec":{"rules":[{"to":[{"operation":{"methods":["GET"],"ports":["8080"]}}]}]}}
            """);
        await using var mesh = await cluster.StartAsync();
        await mesh.BecomesAsync("readers");
        using var server = new ApiServer(mesh);

        var response = await server.AskAsync(Review("CREATE", """{"action":"DENY","rules":[{"to":[{"operation":{"ports":["8080"]}}]}]}"""));

        Assert.Equal("u-1", response.GetProperty("uid").GetString());
        Assert.True(response.GetProperty("allowed").GetBoolean());
        Assert.Contains(
            response.GetProperty("warnings").EnumerateArray(),
            warning => warning.GetString()!.StartsWith("AuthorizationPolicy/shop/readers: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_invalid_policy_is_denied_with_the_path_of_each_error_and_deleting_is_always_allowed()
    {
        await using var cluster = await ClusterHome.CreateAsync("v1", Settings);
        await using var mesh = await cluster.StartAsync();
        using var server = new ApiServer(mesh);
        const string spec = """{"action":"DENY","rules":[{"to":[{"operation":{"ports":["x"]}}],"when":[{"key":"no.such.key","values":["a"]}]}]}""";

        var response = await server.AskAsync(Review("UPDATE", spec));
        Assert.False(response.GetProperty("allowed").GetBoolean());
        var causes = response.GetProperty("status").GetProperty("details").GetProperty("causes").EnumerateArray()
            .Select(cause => cause.GetProperty("field").GetString());
        Assert.Equal(["spec.rules[0].to[0].operation.ports[0]", "spec.rules[0].when[0].key"], causes.Order(StringComparer.Ordinal));

        Assert.True((await server.AskAsync(Review("DELETE", spec))).GetProperty("allowed").GetBoolean());
        Assert.Contains("""meshca_policy_webhook_answers_total{answer="denied"} 1""", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json", "{", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "", HttpStatusCode.BadRequest)]
    [InlineData("text/plain", "{}", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json; charset=utf-8", """{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}""", HttpStatusCode.BadRequest)]
    public async Task What_is_no_question_is_refused_and_is_no_fault_of_the_service(string type, string body, HttpStatusCode expected)
    {
        await using var cluster = await ClusterHome.CreateAsync("v1", Settings);
        await using var mesh = await cluster.StartAsync();
        using var server = new ApiServer(mesh);
        Assert.Equal(expected, await server.StatusOfAsync(body, type));
    }

    [Fact]
    public async Task A_question_that_is_too_long_is_refused_and_other_ports_have_no_webhook()
    {
        await using var cluster = await ClusterHome.CreateAsync("v1", Settings);
        await using var mesh = await cluster.StartAsync();
        using var server = new ApiServer(mesh);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await server.StatusOfAsync(new string(' ', WebhookEndpoint.MaxBytes + 1), "application/json"));

        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var elsewhere = await mesh.Http.PostAsync(WebhookEndpoint.Path, content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    private static string Review(string operation, string spec) => $$$$"""
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"{{{{operation}}}}","dryRun":true,
         "kind":{"group":"security.istio.io","version":"v1","kind":"AuthorizationPolicy"},"namespace":"shop","name":"a",
         "object":{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"a","namespace":"shop"},"spec":{{{{spec}}}}}}}
        """;

    // Verifies the name and the mesh's roots, as the API server does with `caBundle`.
    private sealed class ApiServer : IDisposable
    {
        private readonly HttpMessageInvoker _http;
        private readonly Uri _address;

        public ApiServer(TestMesh mesh)
        {
            var handler = MeshClient.Handler(new() { Address = mesh.WebhookAddress!, Roots = mesh.Bundle, Clock = mesh.Home.Clock });
            _http = new HttpMessageInvoker(handler);
            _address = new UriBuilder(mesh.WebhookAddress!) { Path = WebhookEndpoint.Path }.Uri;
        }

        public async Task<JsonElement> AskAsync(string review)
        {
            using var answer = await SendAsync(review, "application/json");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
            using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("admission.k8s.io/v1", document.RootElement.GetProperty("apiVersion").GetString());
            return document.RootElement.GetProperty("response").Clone();
        }

        public async Task<HttpStatusCode> StatusOfAsync(string body, string type)
        {
            using var answer = await SendAsync(body, type);
            return answer.StatusCode;
        }

        public void Dispose() => _http.Dispose();

        private async Task<HttpResponseMessage> SendAsync(string body, string type)
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("content-type", type);
            using var request = new HttpRequestMessage(HttpMethod.Post, _address)
            {
                Content = content,
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Headers = { Host = Name }, // this is the name that the handler verifies
            };
            return await _http.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }
}
