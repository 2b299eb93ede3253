using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Grpc.Health.V1;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>The plain HTTP port, and the wall between it and the TLS port.</summary>
public sealed class HttpPortTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private readonly TestMesh _mesh = fixture.Mesh;

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    public async Task A_healthy_service_is_live_and_ready(string path)
    {
        using var response = await _mesh.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("istio.v1.auth.IstioCertificateService")]
    public async Task The_grpc_health_service_says_serving(string service)
    {
        using var client = _mesh.Connect();
        await Eventually.TrueAsync(
            async () => (await client.Health.CheckAsync(new HealthCheckRequest { Service = service })).Status
                == HealthCheckResponse.Types.ServingStatus.Serving,
            "SERVING");
    }

    [Fact]
    public async Task The_bundle_is_published_as_pem_and_as_a_spiffe_document_of_the_same_roots()
    {
        var bundle = new X509Certificate2Collection();
        bundle.ImportFromPem(await _mesh.GetAsync("/bundle.pem"));
        using var document = JsonDocument.Parse(await _mesh.GetAsync("/bundle.json"));
        var keys = document.RootElement.GetProperty("keys").EnumerateArray().ToList();
        var authorities = keys.ToLookup(key => key.GetProperty("use").GetString());
        Assert.Equal(
            bundle.Select(root => Convert.ToBase64String(root.RawData)), authorities["x509-svid"].Select(key => key.GetProperty("x5c")[0].GetString()!));
        Assert.NotEmpty(authorities["jwt-svid"]);
        Assert.Equal(keys.Count, authorities["x509-svid"].Count() + authorities["jwt-svid"].Count());
        Assert.True(document.RootElement.GetProperty("spiffe_sequence").GetUInt64() > 0);
        Assert.True(document.RootElement.GetProperty("spiffe_refresh_hint").GetInt32() > 0);
    }

    [Theory]
    [InlineData("/bundle.json")]
    [InlineData("/bundle.pem")]
    public async Task A_bundle_that_is_known_is_not_sent_again(string path)
    {
        using var first = await _mesh.Http.GetAsync(path);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await _mesh.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());

        using var other = new HttpRequestMessage(HttpMethod.Get, path);
        other.Headers.IfNoneMatch.ParseAdd("\"elsewhere\"");
        using var third = await _mesh.Http.SendAsync(other);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task Metrics_count_what_happened_under_istiods_names()
    {
        using var client = _mesh.Connect();
        await client.AskAsync(_mesh.Home.Token());
        var before = await MetricsAsync();
        await client.AskAsync(_mesh.Home.Token());
        await client.AskAsync(_mesh.Home.Token());
        await client.RefusalOfAsync(new Ask());
        await client.RefusalOfAsync("no CSR", new Ask { Token = _mesh.Home.Token() });
        var after = await MetricsAsync();
        Assert.Equal(4, Grown("citadel_server_csr_count"));
        Assert.Equal(2, Grown("citadel_server_success_cert_issuance_count"));
        Assert.Equal(1, Grown("citadel_server_authentication_failure_count"));
        Assert.Equal(1, Grown("citadel_server_csr_sign_err_count{error=\"CSR_ERROR\"}"));
        Assert.Equal(2, Handled("OK"));
        Assert.Equal(1, Handled("Unauthenticated"));
        Assert.Equal(1, Handled("InvalidArgument"));
        Assert.Equal(1, after["meshca_ready"]);
        Assert.Equal(1, after["meshca_store_healthy"]);
        Assert.InRange(after["citadel_server_root_cert_expiry_seconds"], 3649 * 86_400.0, 3650 * 86_400.0);
        Assert.InRange(after["citadel_server_cert_chain_expiry_seconds"], 29 * 86_400.0, 30 * 86_400.0);

        double Grown(string name) => after[name] - before.GetValueOrDefault(name);
        double Handled(string code) => after.Where(sample => IsHandled(sample.Key, code)).Sum(sample => Grown(sample.Key));
    }

    [Fact]
    public async Task The_journals_transactions_are_counted_and_timed()
    {
        using var client = _mesh.Connect();
        await client.AskAsync(_mesh.Home.Token());
        var metrics = await MetricsAsync();
        Assert.True(metrics.GetValueOrDefault("meshca_journal_batch_records_count") > 0);
        Assert.True(metrics.GetValueOrDefault("meshca_journal_commit_seconds_count") > 0);
    }

    [Fact]
    public async Task Token_cache_hits_and_misses_are_counted()
    {
        using var client = _mesh.Connect();
        var token = _mesh.Home.Token("cached");
        var before = await MetricsAsync();
        await client.AskAsync(token);
        await client.AskAsync(token);
        var after = await MetricsAsync();
        Assert.Equal(1, after["meshca_token_cache_misses_total"] - before["meshca_token_cache_misses_total"]);
        Assert.Equal(1, after["meshca_token_cache_hits_total"] - before["meshca_token_cache_hits_total"]);
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    public async Task The_paths_of_the_http_port_are_not_found_on_the_tls_port(string path)
    {
        using var http = _mesh.ConnectRaw();

        // The Host header is the caller's to choose; it must not open the other port's paths.
        foreach (var port in (int[])[_mesh.Address.Port, _mesh.Http.BaseAddress!.Port])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(MeshClient.ByName(_mesh.Address), path))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Headers = { Host = $"localhost:{port}" },
            };
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("/istio.v1.auth.IstioCertificateService/CreateCertificate")]
    [InlineData("/grpc.health.v1.Health/Check")]
    public async Task The_grpc_services_are_not_found_on_the_http_port(string path)
    {
        using var content = new ByteArrayContent([0, 0, 0, 0, 0]);
        content.Headers.ContentType = new("application/grpc");
        using var response = await _mesh.Http.PostAsync(path, content);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static bool IsHandled(string sample, string code) =>
        sample.StartsWith("grpc_server_handled_total{", StringComparison.Ordinal)
        && sample.Contains($"grpc_code=\"{code}\"", StringComparison.Ordinal)
        && sample.Contains("grpc_method=\"CreateCertificate\"", StringComparison.Ordinal);

    private async Task<Dictionary<string, double>> MetricsAsync()
    {
        var text = await _mesh.GetAsync("/metrics");
        return text.Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .ToDictionary(parts => string.Join(' ', parts[..^1]), parts => double.Parse(parts[^1], CultureInfo.InvariantCulture));
    }
}
