using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Istio;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Authenticating;

/// <summary>Keys that come twice, as grpcio sends them: each value a header field of its own, which HttpClient would join.</summary>
public sealed class RepeatedMetadataTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const string Script = """
        import base64, json, sys
        import grpc
        ask = json.load(sys.stdin)
        credentials = grpc.ssl_channel_credentials(ask["roots"].encode())
        with grpc.secure_channel(ask["target"], credentials, [("grpc.ssl_target_name_override", "localhost")]) as channel:
            call = channel.unary_unary("/istio.v1.auth.IstioCertificateService/CreateCertificate")
            try:
                call(base64.b64decode(ask["message"]), metadata=[tuple(pair) for pair in ask["metadata"]], timeout=30)
                print("OK")
            except grpc.RpcError as error:
                print(error.code().name)
        """;

    private readonly TestMesh _mesh = fixture.Mesh;

    [Fact]
    public async Task The_first_bearer_value_counts_whatever_stands_before_it() =>
        Assert.Equal("OK", await CallAsync(("authorization", "Basic dTpw"), ("authorization", $"Bearer {_mesh.Home.Token()}")));

    [Fact]
    public async Task A_bad_bearer_value_is_not_made_good_by_a_later_one() =>
        Assert.Equal(
            "UNAUTHENTICATED", await CallAsync(("authorization", "Bearer x.y.z"), ("authorization", $"Bearer {_mesh.Home.Token()}")));

    [Fact]
    public async Task Two_cluster_ids_are_none() =>
        Assert.Equal(
            "OK",
            await CallAsync(("authorization", $"Bearer {_mesh.Home.Token()}"), ("clusterid", "elsewhere"), ("clusterid", "elsewhere")));

    [Fact]
    public async Task One_unknown_cluster_id_is_refused() =>
        Assert.Equal("UNAUTHENTICATED", await CallAsync(("authorization", $"Bearer {_mesh.Home.Token()}"), ("clusterid", "elsewhere")));

    private async Task<string> CallAsync(params (string Name, string Value)[] metadata)
    {
        using var directory = new TemporaryDirectory();
        using var key = WorkloadKey.P256();
        await System.IO.File.WriteAllTextAsync(directory.File("call.py"), Script);
        var ask = new JsonObject
        {
            ["roots"] = await _mesh.ReadBundleAsync(),
            ["target"] = $"127.0.0.1:{_mesh.Address.Port}",
            ["message"] = Convert.ToBase64String(new IstioCertificateRequest { Csr = key.Csr() }.ToByteArray()),
            ["metadata"] = JsonSerializer.SerializeToNode(metadata.Select(pair => new[] { pair.Name, pair.Value })),
        };
        var (code, output) = await Command.RunAsync("/usr/bin/python3", ask.ToJsonString(), [directory.File("call.py")]);
        Assert.True(code == 0, output);
        return output.TrimEnd().Split('\n')[^1];
    }
}
