using System.IO;
using MeshCA.Agent.Files;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Files;

public sealed class SetDirectoryTests : IDisposable
{
    private static readonly SetRights Rights = new(
        UnixFileMode.UserRead | UnixFileMode.UserWrite, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, null, null);

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _clock = new();

    private string Out => _directory.File("deep/out");

    [Fact]
    public void Files_are_links_through_one_link_to_their_set()
    {
        NewDirectory().Write(Set("1"));

        Assert.Equal("..data/a.pem", new FileInfo(Path.Combine(Out, "a.pem")).LinkTarget);
        Assert.Equal("1", File.ReadAllText(Path.Combine(Out, "a.pem")));
        Assert.Equal(Rights.KeyMode, File.GetUnixFileMode(Path.Combine(Out, "key.pem")));
        Assert.Equal(Rights.Mode, File.GetUnixFileMode(Path.Combine(Out, "a.pem")));
    }

    [Fact]
    public void The_set_before_stays_until_it_is_removed_and_only_that_goes()
    {
        var directory = NewDirectory();
        directory.Write(Set("1"));
        var first = Path.Combine(Out, new FileInfo(Path.Combine(Out, "..data")).LinkTarget!);
        directory.Write(Set("2"));
        Assert.Equal("1", File.ReadAllText(Path.Combine(first, "a.pem")));

        Assert.True(directory.RemoveOld());
        Assert.False(Directory.Exists(first));
        Assert.Equal("2", File.ReadAllText(Path.Combine(Out, "key.pem")));
    }

    [Fact]
    public void Plain_files_that_lay_there_give_way_and_what_a_crash_left_too()
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "a.pem"), "old");
        File.WriteAllText(Path.Combine(Out, "..data_next"), "left behind");
        NewDirectory().Write(Set("1"));

        Assert.Equal("1", File.ReadAllText(Path.Combine(Out, "a.pem")));
        Assert.False(File.Exists(Path.Combine(Out, "..data_next")));
    }

    // Only root may give files away; anybody else is refused, and leaves nothing behind.
    [Fact]
    public void Files_are_given_to_their_owner_or_not_written()
    {
        var fault = Record.Exception(() => new SetDirectory(Out, Rights with { Owner = 12_345, Group = 54_321 }, _clock).Write(Set("1")));
        if (MeshCA.Hosting.PeerCredential.OwnUserId != 0)
        {
            Assert.IsAssignableFrom<IOException>(fault);
            Assert.Empty(Directory.GetDirectories(Out, "..set_*"));
            return;
        }

        Assert.Null(fault);
        using var stat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-L", "-c", "%u:%g %a", Path.Combine(Out, "key.pem"), Path.Combine(Out, "..data")]) { RedirectStandardOutput = true })!;
        Assert.Equal("12345:54321 600\n12345:54321 755\n", stat.StandardOutput.ReadToEnd());
    }

    [Fact]
    public void A_set_that_cannot_be_written_leaves_the_present_one()
    {
        NewDirectory().Write(Set("1"));
        Assert.ThrowsAny<IOException>(() => NewDirectory().Write([new SetFile("missing/a.pem", "2", isSecret: false)]));

        Assert.Equal("1", File.ReadAllText(Path.Combine(Out, "a.pem")));
        Assert.Single(Directory.GetDirectories(Out, "..set_*"));
    }

    public void Dispose() => _directory.Dispose();

    private static SetFile[] Set(string content) => [new("a.pem", content, isSecret: false), new("key.pem", content, isSecret: true)];

    private SetDirectory NewDirectory() => new(Out, Rights, _clock);
}
