using System.IO;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Decision.V1;
using MeshCA.Wire.Envoy.Auth.V3;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Deciding;

/// <summary>The Unix socket for decisions: who gets at it, and whom he may ask about.</summary>
public sealed class DecisionSocketTests : IDisposable
{
    private const string OnlyReads = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: readers, namespace: shop}
        spec: {rules: [{to: [{operation: {methods: [GET]}}]}]}
        """;

    private const UnixFileMode Everybody = (UnixFileMode)0x1FF;

    private readonly MeshHome _home = new() { Policies = TestPolicies.Of(OnlyReads, "shop/cart", "shop/stock") };

    private string Socket => _home.File("run/decisions.sock");

    private static uint Me => PeerCredential.OwnUserId;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_user_that_is_bound_to_an_identity_asks_about_that_one_alone()
    {
        await using var mesh = await StartAsync($"{Me}={TestPolicies.IdOf("shop/cart")}");
        using var channel = AdminChannel.Open(Socket);
        var client = new Authorization.AuthorizationClient(channel);

        Assert.Equal(0, (await client.CheckAsync(Question.Http(null))).Status.Code);
        Assert.Equal(0, (await client.CheckAsync(Question.Http("shop/cart"))).Status.Code);
        Assert.Equal(7, (await client.CheckAsync(Question.Http("shop/cart", "POST"))).Status.Code);
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(() => client.CheckAsync(Question.Http("shop/stock"))));

        var described = Question.Http(null);
        described.Attributes.ContextExtensions.Add("meshca.workload.principal", TestPolicies.IdOf("shop/stock"));
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(() => client.CheckAsync(described)));
    }

    [Fact]
    public async Task A_user_for_every_workload_asks_about_all_of_them_and_does_not_administer()
    {
        await using var mesh = await StartAsync($"{Me}=*");
        using var channel = AdminChannel.Open(Socket);
        var decisions = new PolicyDecisionPoint.PolicyDecisionPointClient(channel);
        var question = new DecideRequest
        {
            Workload = new() { Principal = TestPolicies.IdOf("shop/stock") },
            Request = new() { Http = new() { Method = "GET", Path = "/", Host = "stock" } },
        };

        Assert.True((await decisions.DecideAsync(question)).Decision.Allowed);
        Assert.Equal(StatusCode.Unimplemented, await RefusalAsync(() => decisions.ExplainAsync(question)));
        Assert.Equal(StatusCode.Unimplemented, await RefusalAsync(() => decisions.GetSnapshotAsync(new())));
        var metrics = await mesh.GetAsync("/metrics");
        Assert.Contains(
            "grpc_server_handled_total{grpc_type=\"unary\",grpc_service=\"meshca.decision.v1.PolicyDecisionPoint\",grpc_method=\"Decide\",grpc_code=\"OK\"} 1",
            metrics, StringComparison.Ordinal);

        question.Workload.Principal = TestPolicies.IdOf("shop/nobody");
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(() => decisions.DecideAsync(question)));
        Assert.Contains("grpc_method=\"Decide\",grpc_code=\"FailedPrecondition\"} 1", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_admitted_unnamed_be_it_root_or_the_services_own_user()
    {
        await using var mesh = await StartAsync($"{Me + 1}=*");
        using var channel = AdminChannel.Open(Socket);

        Assert.Equal(StatusCode.Unavailable, await RefusalAsync(() => new Authorization.AuthorizationClient(channel).CheckAsync(Question.Http("shop/cart"))));
        Assert.Contains("meshca_decisions_refused_total{reason=\"CallerUnknown\"}", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_user_is_admitted_by_number_and_a_third_is_not_though_the_file_lets_him_in()
    {
        if (Me != 0)
        {
            return; // only root can be somebody else
        }

        _home.Set(("Decisions:SocketMode", "0666"));
        await using var mesh = await StartAsync("65534=*");
        for (var parent = Path.GetDirectoryName(Path.GetDirectoryName(Socket)); parent is not (null or "/" or "/tmp"); parent = Path.GetDirectoryName(parent))
        {
            File.SetUnixFileMode(parent, Everybody);
        }

        Assert.NotEqual("0", await AskAsAsync(65534));
        Assert.Equal("0", await AskAsAsync(65533));
    }

    [Theory]
    [InlineData("0660", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    [InlineData("0600", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    public async Task The_file_has_the_mode_of_the_settings_and_nobody_else_writes_to_its_directory(string mode, UnixFileMode expected)
    {
        _home.Set(("Decisions:SocketMode", mode));
        await using var mesh = await StartAsync($"{Me}=*");

        Assert.Equal(expected, File.GetUnixFileMode(Socket));
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(Path.GetDirectoryName(Socket)!) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
    }

    [Fact]
    public async Task The_file_is_given_to_the_group_of_the_settings()
    {
        if (Me != 0)
        {
            return; // only root can give a file to any group
        }

        _home.Set(("Decisions:SocketGroup", "65533"));
        await using var mesh = await StartAsync($"{Me}=*");

        Assert.Equal("65533", (await Command.RunAsync("stat", "", ["-c", "%g", Socket])).Output.Trim());
    }

    [Fact]
    public async Task A_directory_that_others_write_to_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
        File.SetUnixFileMode(Path.GetDirectoryName(Socket)!, Everybody);
        Set($"{Me}=*");

        var refusal = await _home.RefusalAsync();

        Assert.Equal(ServerStartError.Port, refusal.Error);
        Assert.Contains("0777", Assert.Single(refusal.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_users_there_is_no_socket()
    {
        _home.Set(("Decisions:Socket", Socket));

        Assert.Equal(ServerStartError.Configuration, (await _home.RefusalAsync()).Error);
        Assert.False(File.Exists(Socket));
    }

    private Task<TestMesh> StartAsync(params string[] peers)
    {
        Set(peers);
        return _home.StartAsync();
    }

    private void Set(params string[] peers) =>
        _home.Set([("Decisions:Socket", Socket), .. peers.Select((peer, i) => ($"Decisions:SocketPeers:{i}", peer))]);

    // The server's settings frame comes to whom it admits.
    private async Task<string> AskAsAsync(int user)
    {
        var script = $"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{Socket}'); "
            + "s.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' + bytes(3) + bytes([4]) + bytes(5)); s.settimeout(10); print(len(s.recv(100)))";
        var (_, output) = await Command.RunAsync("setpriv", "", [$"--reuid={user}", "--clear-groups", "/usr/bin/python3", "-c", script]);
        return output.Contains("ConnectionReset", StringComparison.Ordinal) || output.Contains("BrokenPipe", StringComparison.Ordinal) ? "0" : output.Trim();
    }

    private static async Task<StatusCode> RefusalAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode;
}
