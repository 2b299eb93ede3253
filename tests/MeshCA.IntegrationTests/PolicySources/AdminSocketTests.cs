using System.IO;
using System.Net.Sockets;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.PolicySources;

/// <summary>Who gets at the administration socket.</summary>
public sealed class AdminSocketTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly PolicyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_socket_and_its_directory_are_the_owners_alone()
    {
        await using var mesh = await _home.StartAsync();

        Assert.Equal(Owner, File.GetUnixFileMode(_home.Socket));
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(_home.Socket)!));
    }

    [Fact]
    public async Task A_socket_that_a_killed_service_left_is_replaced()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.Socket)!, Owner | UnixFileMode.UserExecute);
        LeaveSocket(_home.Socket);
        Assert.True(File.Exists(_home.Socket));
        await using var mesh = await _home.StartAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);

        Assert.Equal("", await administrator.ListAsync());
    }

    [Fact]
    public async Task What_is_no_socket_is_left_alone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.Socket)!, Owner | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(_home.Socket, "precious", TestContext.Current.CancellationToken);

        Assert.Equal(ServerStartError.Port, (await _home.Home.RefusalAsync()).Error);
        Assert.Equal("precious", await File.ReadAllTextAsync(_home.Socket, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_directory_that_others_can_enter_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.Socket)!, Owner | UnixFileMode.UserExecute | UnixFileMode.GroupExecute);

        var refusal = await _home.Home.RefusalAsync();

        Assert.Equal(ServerStartError.Port, refusal.Error);
        Assert.Contains("0710", Assert.Single(refusal.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Administration_is_not_served_on_the_mesh_port()
    {
        await using var mesh = await _home.StartAsync();
        using var http = mesh.ConnectRaw();
        using var content = RawRequest.Content(new byte[5]);
        using var request = RawRequest.To(mesh, "/meshca.policy.v1.PolicyAdministration/List", content);

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Another_user_is_refused_even_where_the_files_let_him_in()
    {
        if (PeerCredential.OwnUserId != 0)
        {
            return; // only root can be somebody else
        }

        await using var mesh = await _home.StartAsync();
        Open(_home.Socket);
        var script = $"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{_home.Socket}'); "
            + "s.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' + bytes(3) + bytes([4]) + bytes(5)); s.settimeout(10); print(len(s.recv(100)))";

        Assert.Equal("0", await RunAsync("setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", script));
        Assert.NotEqual("0", await RunAsync("/usr/bin/python3", "-c", script));
    }

    private static void Open(string path)
    {
        const UnixFileMode everybody = (UnixFileMode)0x1FF;
        File.SetUnixFileMode(path, everybody);
        for (var parent = Path.GetDirectoryName(path); parent is not (null or "/" or "/tmp"); parent = Path.GetDirectoryName(parent))
        {
            File.SetUnixFileMode(parent, everybody);
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var (_, output) = await Command.RunAsync(program, "", arguments);
        return output.Contains("ConnectionReset", StringComparison.Ordinal) || output.Contains("BrokenPipe", StringComparison.Ordinal)
            ? "0"
            : output.Trim();
    }

    // .NET takes the file away with the socket, so the socket moves.
    private static void LeaveSocket(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + ".bound"));
        File.Move(path + ".bound", path);
    }
}
