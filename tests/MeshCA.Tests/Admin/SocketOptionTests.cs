using System.IO;
using System.Net.Sockets;
using MeshCA.Admin;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class SocketOptionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("Server:AdminSocket", "root", "list")]
    [InlineData("Agent:AdminSocket", "agent", "status")]
    [InlineData("Agent:AdminSocket", "agent", "secrets")]
    public async Task A_socket_that_is_not_there_is_told_with_the_setting_that_makes_it(string setting, params string[] verb)
    {
        var path = _directory.File("none.sock");

        var called = await Cli.CallAsync([.. verb, "--socket", path]);

        called.Ends(ExitCode.Unavailable).Says($"there is no `{path}`");
        Assert.Contains(setting, called.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root", "list")]
    [InlineData("agent", "status")]
    public async Task A_socket_that_was_left_over_is_told(params string[] verb)
    {
        var path = _directory.File("left.sock");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept"); // Closing it deletes the name it was bound to.
        }

        File.Move(path + ".kept", path);

        (await Cli.CallAsync([.. verb, "--socket", path])).Ends(ExitCode.Unavailable).Says($"nobody serves on `{path}`");
    }

    [Theory]
    [InlineData("root", "list")]
    [InlineData("agent", "status")]
    [InlineData("agent", "secrets")]
    public async Task A_path_longer_than_a_sockets_may_be_is_a_wrong_command_line(params string[] verb) =>
        (await Cli.CallAsync([.. verb, "--socket", "/" + new string('x', 107)])).Ends(ExitCode.Usage).Says("at most 107 bytes");

    [Fact]
    public async Task A_variable_that_is_not_set_is_a_wrong_command_line() =>
        (await Cli.CallAsync("root", "list", "--socket", "")).Ends(ExitCode.Usage).Says("--socket: it is empty");
}
