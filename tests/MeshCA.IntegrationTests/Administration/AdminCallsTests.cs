using System.Diagnostics;
using System.IO;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Policies;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Administration;

/// <summary>Who may call what for administrators: over the socket, and over the TLS port.</summary>
public sealed class AdminCallsTests : IDisposable
{
    private const string List = "/meshca.policy.v1.PolicyAdministration/List";
    private const string Apply = "/meshca.policy.v1.PolicyAdministration/Apply";

    private readonly MeshHome _home = new();

    public AdminCallsTests() => _home.Set(
        ("Server:AdminSocket", Socket),
        ("Admin:OnTlsPort", "true"),
        ("Admin:Grants:0:SpiffeId", TestPolicies.IdOf("shop/viewer")),
        ("Admin:Grants:0:Role", "Viewer"),
        ("Admin:Grants:1:SpiffeIdPrefix", TestPolicies.IdOf("shop/officer")),
        ("Admin:Grants:1:Role", "SecurityOfficer"),
        ("Admin:Grants:2:SpiffeId", TestPolicies.IdOf("shop/scoped")),
        ("Admin:Grants:2:Role", "SecurityOfficer"),
        ("Admin:Grants:2:Scopes:0", TestPolicies.IdOf("shop/web")));

    private string Socket => _home.File("run/admin.sock");

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("viewer", StatusCode.OK, StatusCode.PermissionDenied)]
    [InlineData("officer", StatusCode.OK, StatusCode.InvalidArgument)]
    [InlineData("scoped", StatusCode.PermissionDenied, StatusCode.PermissionDenied)]
    [InlineData("web", StatusCode.PermissionDenied, StatusCode.PermissionDenied)]
    public async Task A_certificate_may_call_what_its_grants_role_may(string account, StatusCode list, StatusCode apply)
    {
        await using var mesh = await _home.StartAsync();
        using var channel = await mesh.ConnectAdminAsync(account);
        Assert.Equal(list, await ListAsync(channel));

        // A change that says nothing is refused by the service itself, so it was let pass.
        Assert.Equal(apply == StatusCode.InvalidArgument ? StatusCode.OK : apply, await ApplyNothingAsync(channel));
    }

    [Fact]
    public async Task Without_a_certificate_the_caller_is_unknown()
    {
        await using var mesh = await _home.StartAsync();
        using var http = mesh.ConnectRaw();
        using var content = RawRequest.Content(new byte[5]);
        using var request = RawRequest.To(mesh, List, content);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("16", Assert.Single(response.Headers.GetValues("grpc-status")));
    }

    [Fact]
    public async Task A_certificate_that_is_over_counts_no_more_on_a_connection_that_it_opened()
    {
        await using var mesh = await _home.StartAsync();
        using var channel = await mesh.ConnectAdminAsync("viewer");
        Assert.Equal(StatusCode.OK, await ListAsync(channel));
        await mesh.ShiftAsync(TimeSpan.FromDays(2));
        Assert.Equal(StatusCode.Unauthenticated, await ListAsync(channel));
    }

    [Fact]
    public async Task The_tls_port_has_no_administration_unless_the_settings_say_so()
    {
        using var home = new MeshHome(("Server:AdminSocket", Socket));
        await using var mesh = await home.StartAsync();
        using var channel = await mesh.ConnectAdminAsync("viewer");
        Assert.Equal(StatusCode.Unimplemented, await ListAsync(channel));
    }

    [Fact]
    public async Task Every_call_is_audited_with_its_caller_refused_ones_too()
    {
        await using var mesh = await _home.StartAsync();
        using (var socket = mesh.ConnectAdmin())
        {
            Assert.Equal(StatusCode.OK, await ListAsync(socket));
        }

        using var viewer = await mesh.ConnectAdminAsync("viewer");
        await ListAsync(viewer);
        await ApplyNothingAsync(viewer);
        using var stranger = await mesh.ConnectAdminAsync("web");
        await ListAsync(stranger);
        await Eventually.TrueAsync(() => _home.Store.Audit("admin.call").Count == 4, "four calls in the audit");

        string[] lines =
        [
            $"uid:{PeerCredential.OwnUserId} {List} ok ",
            $"{TestPolicies.IdOf("shop/viewer")} {List} ok ",
            $"{TestPolicies.IdOf("shop/viewer")} {Apply} refused RoleTooLow, from 127.0.0.1",
            $"{TestPolicies.IdOf("shop/web")} {List} refused NoGrant, from 127.0.0.1",
        ];
        Assert.Equal(
            lines,
            _home.Store.Read("SELECT actor, target, outcome, detail FROM audit_events WHERE action = 'admin.call' ORDER BY seq")
                .Select(row => string.Join(' ', row)));
        Assert.Contains($"meshca_admin_calls_total{{method=\"{Apply}\",outcome=\"denied\"}} 1", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_with_a_grant_gets_at_the_socket_and_others_do_not()
    {
        if (PeerCredential.OwnUserId != 0)
        {
            return; // only root can be somebody else
        }

        _home.Set(("Admin:Grants:3:Uid", "65534"));
        await using var mesh = await _home.StartAsync();
        Open(_home.File(""));
        Assert.NotEqual("0", await KnockAsync("65534"));
        Assert.Equal("0", await KnockAsync("65533"));
    }

    [Fact]
    public async Task A_command_calls_over_the_tls_port_with_a_certificate()
    {
        await using var mesh = await _home.StartAsync();
        using var key = WorkloadKey.P256();
        using var client = mesh.Connect();
        var answer = await client.AskAsync(key.Csr(), new Ask { Token = _home.Token("viewer") });
        using var leaf = key.Join(answer.Leaf);
        var chain = new X509Certificate2Collection(answer.Middle.Prepend(answer.Leaf).ToArray());
        await File.WriteAllTextAsync(_home.File("chain.pem"), chain.ExportCertificatePems(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_home.File("key.pem"), leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_home.File("roots.pem"), await mesh.ReadBundleAsync(), TestContext.Current.CancellationToken);
        string[] server =
        [
            "--server", MeshClient.ByName(mesh.Address).ToString(),
            "--cert", _home.File("chain.pem"), "--key", _home.File("key.pem"), "--bundle", _home.File("roots.pem"),
        ];

        Assert.Equal((0, ""), await CommandAsync(["policy", "list", .. server]));
        var (code, error) = await CommandAsync(["policy", "delete", "AuthorizationPolicy/shop/cart", .. server]);
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("PERMISSION_DENIED: the method needs the role `SecurityOfficer`", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Error)> CommandAsync(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var commandLine = new AdminCommandLine(new AdminConsole(() => Stream.Null, output, error), AdminVerbs.All(TimeProvider.System));
        return (await commandLine.RunAsync(arguments, TestContext.Current.CancellationToken), error.ToString());
    }

    private static Task<StatusCode> ListAsync(GrpcChannel channel) =>
        CodeAsync(new PolicyAdministration.PolicyAdministrationClient(channel).ListAsync(new ListRequest()));

    private static Task<StatusCode> ApplyNothingAsync(GrpcChannel channel) =>
        CodeAsync(new PolicyAdministration.PolicyAdministrationClient(channel).ApplyAsync(new ApplyRequest()));

    private static async Task<StatusCode> CodeAsync<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            await call;
            return StatusCode.OK;
        }
        catch (RpcException refusal)
        {
            return refusal.StatusCode;
        }
    }

    // How many bytes the service answers to the beginning of HTTP/2.
    private async Task<string> KnockAsync(string user)
    {
        var script = $"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{Socket}'); "
            + "s.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' + bytes(3) + bytes([4]) + bytes(5)); s.settimeout(10); print(len(s.recv(100)))";
        string[] arguments = [$"--reuid={user}", "--clear-groups", "/usr/bin/python3", "-c", script];
        using var process = Process.Start(new ProcessStartInfo("setpriv", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        return error.Contains("ConnectionReset", StringComparison.Ordinal) || error.Contains("BrokenPipe", StringComparison.Ordinal)
            ? "0"
            : (said + error).Trim();
    }

    // The home is the test's own; what is above and around the socket's directory.
    private static void Open(string directory) =>
        File.SetUnixFileMode(directory, (UnixFileMode)0x1ED);
}
