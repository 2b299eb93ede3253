using KubernetesClient;
using MeshCA.Authentication.ClusterTokens;
using MeshCA.Authentication.Keys;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.ClusterTokens;

public sealed class ClusterKeySourceTests : IDisposable
{
    private readonly TestCluster _cluster = new(new ManualTimeProvider());
    private readonly ClusterKeyRing _ring;

    public ClusterKeySourceTests()
    {
        _ring = new(_cluster.Settings.Keys);
        _cluster.Documents[ClusterKeySource.DiscoveryPath] = """{"issuer":"https://c1","jwks_uri":"https://elsewhere/keys"}""";
        _cluster.Documents[ClusterKeySource.KeysPath] = TestTokenSigner.KeySet(_cluster.Signer);
    }

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task Keys_and_issuer_are_the_api_server_s()
    {
        var read = Assert.IsType<KeyReading.Read>(await ReadAsync(discovers: true));
        Assert.Equal((1, "https://c1"), (read.Keys.Count, _ring.Issuer));
    }

    [Fact]
    public async Task A_configured_issuer_is_not_asked_for()
    {
        _cluster.Documents.Remove(ClusterKeySource.DiscoveryPath);
        Assert.IsType<KeyReading.Read>(await ReadAsync(discovers: false));
        Assert.Null(_ring.Issuer);
    }

    [Theory]
    [InlineData("{}"), InlineData("""{"issuer":""}"""), InlineData("""{"issuer":7}"""), InlineData("[]"), InlineData("no json")]
    [InlineData("""{"issuer":"a","issuer":"b"}""")]
    public async Task A_discovery_document_that_names_no_issuer_brings_no_keys(string document)
    {
        _cluster.Documents[ClusterKeySource.DiscoveryPath] = document;
        Assert.Equal(KeySourceError.BadDiscovery, Assert.IsType<KeyReading.Failed>(await ReadAsync(discovers: true)).Error);
        Assert.Null(_ring.Issuer);
    }

    [Fact]
    public async Task An_issuer_whose_keys_cannot_be_read_is_not_taken_over()
    {
        _cluster.Documents[ClusterKeySource.KeysPath] = "{}";
        Assert.Equal(KeySourceError.BadKeySet, Assert.IsType<KeyReading.Failed>(await ReadAsync(discovers: true)).Error);
        Assert.Null(_ring.Issuer);
    }

    [Theory]
    [InlineData(ApiFailureKind.Unreachable, 0, "Unreachable")]
    [InlineData(ApiFailureKind.Forbidden, 403, "BadStatus")]
    public async Task An_api_server_that_does_not_answer_brings_no_keys(ApiFailureKind kind, int status, string expected)
    {
        _cluster.Outage = new(kind, "x") { Status = status };
        Assert.Equal(expected, Assert.IsType<KeyReading.Failed>(await ReadAsync(discovers: true)).Error.ToString());
    }

    private Task<KeyReading> ReadAsync(bool discovers) =>
        new ClusterKeySource(_cluster, _ring, discovers).ReadAsync(TestContext.Current.CancellationToken);
}
