using System.IO;
using MeshCA.Admin;
using MeshCA.Tests.Storage;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class AuditVerifyVerbTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        await _store.FillAsync(12);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_store_as_it_was_written_is_intact()
    {
        var verdict = (await VerifyAsync()).Ends(ExitCode.Ok);

        Assert.Matches(@"verdict +intact", verdict.Out);
        Assert.Contains("12 records", verdict.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_holds_what_was_counted_and_the_newest_checkpoint()
    {
        var report = (await VerifyAsync("--output", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal(
            [
                "intact", "journalRecords", "journalRecordsAfterCheckpoint", "auditEvents", "auditEventsAfterCheckpoint",
                "checkpoints", "newestCheckpoint", "findings",
            ],
            CliResult.Members(report));
        Assert.True(report.GetProperty("intact").GetBoolean());
        Assert.Equal(12, report.GetProperty("auditEvents").GetInt64());
    }

    [Fact]
    public async Task A_changed_record_ends_with_5_and_is_named()
    {
        _store.Sql("UPDATE journal SET pod_name = 'other' WHERE seq = 4");

        var verdict = (await VerifyAsync()).Ends(ExitCode.Invalid);

        Assert.Matches(@"verdict +tampered with", verdict.Out);
        Assert.Contains("journal record 4 was changed", verdict.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_newest_checkpoint_of_the_log_is_found_and_a_later_one_ends_with_5()
    {
        var newest = (await VerifyAsync("-o", "json")).Json().GetProperty("newestCheckpoint").GetString()!;
        var later = "9999" + newest[newest.IndexOf(':', StringComparison.Ordinal)..];

        (await VerifyAsync("--checkpoint", newest)).Ends(ExitCode.Ok);
        Assert.Contains("rolled back", (await VerifyAsync("--checkpoint", later)).Ends(ExitCode.Invalid).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1:2:3")]
    [InlineData("")]
    public async Task What_is_no_checkpoint_ends_with_2(string text) =>
        (await VerifyAsync("--checkpoint", text)).Ends(ExitCode.Usage).Says("no checkpoint");

    [Fact]
    public async Task Another_key_encryption_key_ends_with_1_and_is_not_printed()
    {
        var key = Convert.ToBase64String(new byte[32]);
        await File.WriteAllTextAsync(_store.File("other-key"), key);

        var verdict = await VerifyAsync("--set", $"Storage:KeyEncryptionKeyFile={_store.File("other-key")}");

        verdict.Ends(ExitCode.Failure).Says("other-key");
        Assert.DoesNotContain(key, verdict.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_without_a_store_ends_with_4() =>
        (await Cli.CallAsync("audit", "verify", "--data", _store.File("nothing"))).Ends(ExitCode.Unavailable).Says("no store");

    private Task<CliResult> VerifyAsync(params string[] more) => Cli.CallAsync(["audit", "verify", "--data", _store.Path, .. more]);
}
