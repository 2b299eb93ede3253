using System.IO;
using System.Text;
using MeshCA.Admin;
using MeshCA.Tests.Storage;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class BackupVerbsTests : IAsyncLifetime
{
    private static readonly string[] Reported =
        ["storeId", "createdAt", "journalSequence", "newestRecord", "checkpoint", "knownUntil", "restoredAt"];

    private StoreFixture _store = null!;

    private string Backup => _store.File("monday.backup");

    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        await _store.FillAsync(12);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_backup_of_a_store_in_use_is_made_and_verifies()
    {
        var made = (await CallAsync("create")).Ends(ExitCode.Ok);
        var verified = (await CallAsync("verify")).Ends(ExitCode.Ok);

        Assert.Contains("up to record 12", made.Out, StringComparison.Ordinal);
        Assert.Equal(made.Out, verified.Out);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));
    }

    [Fact]
    public async Task A_backup_is_sealed()
    {
        (await CallAsync("create")).Ends(ExitCode.Ok);

        var content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Backup));
        Assert.DoesNotContain("SQLite format", content, StringComparison.Ordinal);
        Assert.DoesNotContain("spiffe://", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_says_what_is_in_it()
    {
        var report = (await CallAsync("create", "--output", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal(Reported, CliResult.Members(report));
        Assert.Equal(12, report.GetProperty("journalSequence").GetInt64());
    }

    [Fact]
    public async Task A_restored_store_is_intact_and_the_gap_is_told()
    {
        (await CallAsync("create")).Ends(ExitCode.Ok);
        var target = NewHome();

        var restored = (await Cli.CallAsync("backup", "restore", Backup, "--data", target, "-o", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal(_store.Clock.GetUtcNow(), restored.GetProperty("knownUntil").GetDateTimeOffset());
        Assert.True(restored.GetProperty("restoredAt").GetDateTimeOffset() > restored.GetProperty("knownUntil").GetDateTimeOffset());
        (await Cli.CallAsync("audit", "verify", "--data", target)).Ends(ExitCode.Ok);
        var events = (await Cli.CallAsync("audit", "list", "--events", "--data", target)).Ends(ExitCode.Ok);
        Assert.Contains("store.restored", events.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_exists_ends_with_1_and_is_left_alone()
    {
        await File.WriteAllTextAsync(Backup, "precious");

        (await CallAsync("create")).Ends(ExitCode.Failure).Says("exists");
        Assert.Equal("precious", await File.ReadAllTextAsync(Backup));
    }

    [Fact]
    public async Task A_file_that_is_no_backup_ends_with_5()
    {
        await File.WriteAllTextAsync(Backup, "something else");

        (await CallAsync("verify")).Ends(ExitCode.Invalid).Says("is no backup");
    }

    [Fact]
    public async Task A_changed_backup_ends_with_5_and_restores_nothing()
    {
        (await CallAsync("create")).Ends(ExitCode.Ok);
        var content = await File.ReadAllBytesAsync(Backup);
        content[^20] ^= 1;
        await File.WriteAllBytesAsync(Backup, content);
        var target = NewHome();

        (await CallAsync("verify")).Ends(ExitCode.Invalid).Says("changed or cut off");
        (await Cli.CallAsync("backup", "restore", Backup, "--data", target)).Ends(ExitCode.Invalid).Says("changed or cut off");
        Assert.False(File.Exists(Path.Combine(target, "meshca.db")));
    }

    [Fact]
    public async Task A_store_is_never_overwritten()
    {
        (await CallAsync("create")).Ends(ExitCode.Ok);
        await _store.Store.DisposeAsync();

        (await CallAsync("restore")).Ends(ExitCode.Refused).Says("already");
        await _store.ReopenAsync();
    }

    [Fact]
    public async Task Without_the_key_encryption_key_it_ends_with_1_and_says_which_file_is_missing()
    {
        (await CallAsync("create")).Ends(ExitCode.Ok);

        (await Cli.CallAsync("backup", "restore", Backup, "--data", _store.File("keyless"))).Ends(ExitCode.Failure).Says("keyless/kek");
    }

    [Fact]
    public async Task Without_a_file_it_ends_with_2() => (await Cli.CallAsync("backup", "create")).Ends(ExitCode.Usage).Says("FILE");

    private string NewHome()
    {
        var home = _store.File("restored");
        Directory.CreateDirectory(home);
        File.Copy(_store.File("kek"), Path.Combine(home, "kek"));
        return home;
    }

    private Task<CliResult> CallAsync(string verb, params string[] more) => Cli.CallAsync(["backup", verb, Backup, "--data", _store.Path, .. more]);
}
