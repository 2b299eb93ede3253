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
        using var made = Process.Start(new ProcessStartInfo("mkfifo", [Path]) { RedirectStandardInput = true })!;
        made.WaitForExit();

        Assert.Equal("it is no regular file", Assert.IsType<FileReading.Failed>(PolicyFile.Read(Path)).Reason);
    }
}
