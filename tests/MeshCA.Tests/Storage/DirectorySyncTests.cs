using System.IO;
using MeshCA.Storage;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage;

public sealed class DirectorySyncTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_directory_that_exists_is_flushed() =>
        Assert.Null(Record.Exception(() => DirectorySync.Flush(_directory.Path)));

    [Fact]
    public void A_directory_that_cannot_be_opened_is_named()
    {
        var exception = Assert.Throws<IOException>(() => DirectorySync.Flush(_directory.File("nowhere")));
        Assert.Contains("nowhere", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Directories_that_are_missing_are_made_for_their_owner_only()
    {
        DirectorySync.Create(_directory.File("a/b"), Owner);
        Assert.Equal(Owner, File.GetUnixFileMode(_directory.File("a/b")));
    }

    [Fact]
    public void A_directory_that_exists_keeps_its_mode()
    {
        File.SetUnixFileMode(_directory.Path, Owner | UnixFileMode.GroupRead);
        DirectorySync.Create(_directory.Path, Owner);
        Assert.Equal(Owner | UnixFileMode.GroupRead, File.GetUnixFileMode(_directory.Path));
    }
}
