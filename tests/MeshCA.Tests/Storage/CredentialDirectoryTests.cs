using System.IO;
using MeshCA.Storage;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage;

public sealed class CredentialDirectoryTests : IDisposable
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryDirectory _directory = new();

    private string Home => _directory.File("a/b");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_three_files_have_the_names_that_istios_agent_gives_them()
    {
        CredentialDirectory.Write(Home, "key", "chain", "roots");

        Assert.Equal("key", Read("key.pem"));
        Assert.Equal("chain", Read("cert-chain.pem"));
        Assert.Equal("roots", Read("root-cert.pem"));
        Assert.Equal(3, Directory.GetFileSystemEntries(Home).Length);
    }

    [Fact]
    public void The_key_is_readable_by_its_owner_alone()
    {
        CredentialDirectory.Write(Home, "key", "chain", "roots");

        Assert.Equal(Secret, File.GetUnixFileMode(Path.Combine(Home, "key.pem")));
        Assert.True(File.GetUnixFileMode(Path.Combine(Home, "cert-chain.pem")).HasFlag(UnixFileMode.OtherRead));
    }

    [Fact]
    public void A_key_that_anybody_could_read_is_replaced_and_not_written_into()
    {
        CredentialDirectory.Write(Home, "old", "chain", "roots");
        File.SetUnixFileMode(Path.Combine(Home, "key.pem"), Secret | UnixFileMode.OtherRead);

        CredentialDirectory.Write(Home, "new", "chain", "roots");

        Assert.Equal("new", Read("key.pem"));
        Assert.Equal(Secret, File.GetUnixFileMode(Path.Combine(Home, "key.pem")));
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(Home, name));
}
