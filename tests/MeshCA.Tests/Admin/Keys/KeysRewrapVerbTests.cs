using System.IO;
using MeshCA.Admin;
using MeshCA.Tests.Storage;
using Xunit;

namespace MeshCA.Tests.Admin.Keys;

public sealed class KeysRewrapVerbTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    private string NewKey => _store.File("kek-2");

    public async ValueTask InitializeAsync() => _store = await StoreFixture.OpenAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_key_is_drawn_and_the_store_is_under_it_afterwards()
    {
        await _store.Store.DisposeAsync();
        var report = (await CallAsync("--create", "--output", "json")).Ends(ExitCode.Ok).Json();

        Assert.True(report.GetProperty("changed").GetBoolean());
        Assert.Equal(NewKey, report.GetProperty("file").GetString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(NewKey));
        Assert.Contains("under the new key already", (await CallAsync()).Ends(ExitCode.Ok).Out, StringComparison.Ordinal);
        _store.Options.KeyEncryptionKeyFile = NewKey;
        await _store.ReopenAsync();
    }

    [Fact]
    public async Task A_running_service_must_be_stopped_first()
    {
        (await CallAsync("--create")).Ends(ExitCode.Unavailable).Says("another process serves on the store");
    }

    [Fact]
    public async Task What_is_there_is_not_drawn_over_and_what_is_not_there_is_missed()
    {
        await _store.Store.DisposeAsync();
        (await CallAsync()).Ends(ExitCode.Failure).Says("the key-encryption key is missing");
        await File.WriteAllTextAsync(NewKey, "precious");
        (await CallAsync("--create")).Ends(ExitCode.Usage).Says("exists");
        Assert.Equal("precious", await File.ReadAllTextAsync(NewKey));
        (await CallAsync()).Ends(ExitCode.Failure).Says("holds no key-encryption key");
        await _store.ReopenAsync();
    }

    [Fact]
    public async Task Without_a_store_there_is_nothing_to_do() =>
        (await Cli.CallAsync("keys", "rewrap", "--data", _store.File("none"), "--new-key-file", NewKey)).Ends(ExitCode.Unavailable).Says("no store");

    private Task<CliResult> CallAsync(params string[] more) =>
        Cli.CallAsync(["keys", "rewrap", "--data", _store.Path, "--new-key-file", NewKey, .. more]);
}
