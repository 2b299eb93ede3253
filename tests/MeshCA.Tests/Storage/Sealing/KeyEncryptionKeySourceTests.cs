using System.IO;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Storage.Sealing;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage.Sealing;

public sealed class KeyEncryptionKeySourceTests : IDisposable
{
    private const string Hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void A_key_comes_from_the_variable_that_the_options_name()
    {
        Environment.SetEnvironmentVariable("MESHCA_TEST_KEK", Hex);
        using var key = KeyEncryptionKeySource.Load(new() { KeyEncryptionKeyVariable = "MESHCA_TEST_KEK" }, storeIsNew: false);
        Assert.Equal("environment variable `MESHCA_TEST_KEK`", key.Source);
    }

    [Fact]
    public void A_variable_that_is_not_set_is_named() => AssertRefused(
        new() { KeyEncryptionKeyVariable = "MESHCA_TEST_NO_KEK" }, storeIsNew: true, "environment variable `MESHCA_TEST_NO_KEK` is not set");

    [Fact]
    public void A_file_that_does_not_exist_is_named() => AssertRefused(
        new() { KeyEncryptionKeyFile = _directory.File("kek") }, storeIsNew: true, $"file `{_directory.File("kek")}` does not exist");

    [Theory]
    [InlineData("short")]
    [InlineData("")]
    public void A_file_that_holds_no_key_is_named_and_not_quoted(string content)
    {
        File.WriteAllText(_directory.File("kek"), content);
        AssertRefused(new() { KeyEncryptionKeyFile = _directory.File("kek") }, storeIsNew: false, "holds no key-encryption key");
    }

    [Fact]
    public void A_large_file_is_not_read()
    {
        File.WriteAllText(_directory.File("kek"), new string('a', 2000));
        AssertRefused(new() { KeyEncryptionKeyFile = _directory.File("kek") }, storeIsNew: false, "larger than 1024 bytes");
    }

    [Fact]
    public void A_directory_in_place_of_the_file_is_a_clear_refusal() => AssertRefused(
        new() { KeyEncryptionKeyFile = _directory.Path }, storeIsNew: false, "cannot be read");

    [Fact]
    public void In_dev_a_new_store_draws_its_own_key_for_its_owner_only()
    {
        using var key = KeyEncryptionKeySource.Load(Dev(), storeIsNew: true);
        using var again = KeyEncryptionKeySource.Load(Dev(), storeIsNew: false);
        Assert.Equal(key.Id.ToArray(), again.Id.ToArray());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File("kek")));
    }

    [Fact]
    public void A_key_that_cannot_be_put_in_its_place_leaves_neither_it_nor_a_half_beside_it()
    {
        // A directory of that name is no key file that exists: only the move runs into it.
        Directory.CreateDirectory(_directory.File("kek"));
        AssertRefused(Dev(), storeIsNew: true, "cannot be created");
        Assert.Equal([_directory.File("kek")], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void A_drawn_key_has_one_file_and_nothing_beside_it()
    {
        using var key = KeyEncryptionKeySource.Load(Dev(), storeIsNew: true);
        Assert.Equal([_directory.File("kek")], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Theory]
    [InlineData(UnixFileMode.None, false)]
    [InlineData(UnixFileMode.GroupRead, true)]
    [InlineData(UnixFileMode.OtherRead, true)]
    public void A_key_file_that_others_may_read_is_told_from_one_that_only_its_owner_reads(UnixFileMode others, bool isExposed)
    {
        File.WriteAllText(_directory.File("kek"), Hex);
        File.SetUnixFileMode(_directory.File("kek"), UnixFileMode.UserRead | others);
        Assert.Equal(isExposed, KeyEncryptionKeySource.IsReadableByOthers(Dev()));
    }

    [Fact]
    public void An_old_store_never_gets_a_new_key() => AssertRefused(Dev(), storeIsNew: false, "does not exist");

    public void Dispose() => _directory.Dispose();

    private static void AssertRefused(StorageOptions options, bool storeIsNew, string message)
    {
        var exception = Assert.Throws<KeySealException>(() => KeyEncryptionKeySource.Load(options, storeIsNew));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    private StorageOptions Dev() => new() { DirectoryPath = _directory.Path, CreateKeyEncryptionKey = true };
}
