using System.Diagnostics;
using System.IO;
using System.Text;
using MeshCA.PolicySources;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.PolicySources;

public sealed class PolicyFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Path => _directory.File("policy.yaml");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(PolicyFile.MaxBytes)]
    public void A_file_up_to_the_limit_is_read_whole(int length)
    {
        File.WriteAllBytes(Path, Enumerable.Repeat((byte)'#', length).ToArray());

        Assert.Equal(length, Assert.IsType<FileReading.Read>(PolicyFile.Read(Path)).Text.Utf8.Length);
    }

    [Fact]
    public void A_file_above_the_limit_is_not_read()
    {
        File.WriteAllBytes(Path, new byte[PolicyFile.MaxBytes + 1]);

        Assert.Contains("more than", Assert.IsType<FileReading.Failed>(PolicyFile.Read(Path)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_are_followed()
    {
        File.WriteAllText(_directory.File("target"), "# target");
        File.CreateSymbolicLink(Path, _directory.File("target"));

        Assert.Equal("# target", Encoding.UTF8.GetString(Assert.IsType<FileReading.Read>(PolicyFile.Read(Path)).Text.Utf8.Span));
    }

    [Fact]
    public void A_file_that_is_not_there_fails() => Assert.IsType<FileReading.Failed>(PolicyFile.Read(Path));

    [Fact]
    public void A_directory_fails() =>
        Assert.Equal("it is no regular file", Assert.IsType<FileReading.Failed>(PolicyFile.Read(_directory.Path)).Reason);

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    public void A_device_fails_also_behind_a_link(string device)
    {
        File.CreateSymbolicLink(Path, device);

        Assert.Equal("it is no regular file", Assert.IsType<FileReading.Failed>(PolicyFile.Read(Path)).Reason);
    }

    [Fact]
    public void A_fifo_fails_at_once_although_nobody_writes_to_it()
    {
        using var made = Process.Start("mkfifo", [Path]);
        made.WaitForExit();

        Assert.Equal("it is no regular file", Assert.IsType<FileReading.Failed>(PolicyFile.Read(Path)).Reason);
    }

    [Theory]
    [InlineData(FileAccess.Write, true)]
    [InlineData(FileAccess.ReadWrite, true)]
    [InlineData(FileAccess.Read, false)]
    public void Whether_somebody_has_it_open_for_writing_is_known(FileAccess access, bool isWritten)
    {
        File.WriteAllText(Path, "#");
        using (new FileStream(Path, FileMode.Open, access, FileShare.ReadWrite))
        {
            Assert.Equal(isWritten, Assert.IsType<FileReading.Read>(PolicyFile.Read(Path)).IsBeingWritten);
        }

        Assert.False(Assert.IsType<FileReading.Read>(PolicyFile.Read(Path)).IsBeingWritten);
    }

    [Fact]
    public void Another_file_of_the_same_content_in_its_place_has_another_stamp()
    {
        File.WriteAllText(Path, "#");
        var before = Assert.IsType<FileReading.Read>(PolicyFile.Read(Path));
        Assert.Equal(before, PolicyFile.Read(Path));
        File.WriteAllText(_directory.File("new"), "#");
        File.Move(_directory.File("new"), Path, overwrite: true);

        var after = Assert.IsType<FileReading.Read>(PolicyFile.Read(Path));
        Assert.Equal(before.Text, after.Text);
        Assert.NotEqual(before.Stamp, after.Stamp);
        Assert.NotEqual(default, after.Stamp);
    }

    [Fact]
    public async Task Somebody_who_opens_it_for_writing_while_it_is_read_ends_nobody()
    {
        await File.WriteAllTextAsync(Path, "#", TestContext.Current.CancellationToken);
        using var writing = Process.Start("sh", ["-c", $"i=0; while [ $i -lt 3000 ]; do : >> '{Path}'; i=$((i + 1)); done"]);
        while (!writing.HasExited)
        {
            Assert.IsType<FileReading.Read>(PolicyFile.Read(Path));
        }

        Assert.Equal(0, writing.ExitCode);
    }
}
