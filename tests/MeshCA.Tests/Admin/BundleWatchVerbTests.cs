using System.IO;
using System.Text.RegularExpressions;
using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

[Collection(RunningMeshCollection.Name)]
public sealed class BundleWatchVerbTests(RunningMesh mesh)
{
    [Fact]
    public async Task A_token_gets_the_bundle_and_what_is_acknowledged_is_listed()
    {
        var watched = (await WatchAsync("watching", "--token", await mesh.TokenFileAsync("watching"), "--acknowledge")).Ends(ExitCode.Ok);
        var line = Regex.Match(watched.Out.Trim(), @"(?m)^\d{4}-\d\d-\d\d .*cluster\.local  sequence (\d+)  roots: [0-9a-f]{40}$");
        Assert.True(line.Success, watched.Out);

        var row = await ListedAsync("watching");
        Assert.Equal(
            ("Stream", line.Groups[1].Value, false),
            (row.GetProperty("kind").GetString(), row.GetProperty("sequence").GetRawText(), row.GetProperty("connected").GetBoolean()));
    }

    [Fact]
    public async Task A_certificate_proves_who_watches_and_without_acknowledgement_nothing_is_in_use()
    {
        var home = mesh.File("watch-identity");
        (await mesh.RequestAsync(await mesh.TokenFileAsync("quiet"), home)).Ends(ExitCode.Ok);
        var line = (await WatchAsync("quiet", "--identity", home, "--output", "json")).Ends(ExitCode.Ok).Json();

        Assert.Equal(["time", "trust_domain", "sequence", "authorities", "tainted_key_ids"], CliResult.Members(line));
        Assert.Equal(0, (await ListedAsync("quiet")).GetProperty("sequence").GetInt32());
    }

    [Fact]
    public async Task Bans_and_lists_are_printed_for_whoever_asks()
    {
        string[] asking = ["--token", await mesh.TokenFileAsync("asking"), "--revocations", "--count", "2"];
        var lines = (await WatchAsync("asking", asking)).Ends(ExitCode.Ok).Out.Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \S+  revision \d+  bans: .+  lists: [0-9a-f]{40} number \d+ with \d+, [0-9a-f]{40} number \d+ with \d+$", lines[1]);

        var json = (await WatchAsync("asking", [.. asking, "--output", "json"])).Ends(ExitCode.Ok).Out.Trim().Split('\n')[1];
        var state = System.Text.Json.JsonDocument.Parse(json).RootElement;
        Assert.Equal(["time", "revision", "bans", "lists", "lists_complete"], CliResult.Members(state));
        Assert.Equal(["authority", "number", "certificates", "next_update"], CliResult.Members(state.GetProperty("lists")[0]));
    }

    [Fact]
    public async Task Consumers_are_a_table_for_people()
    {
        (await WatchAsync("shown", "--token", await mesh.TokenFileAsync("shown"), "--acknowledge")).Ends(ExitCode.Ok);
        var list = (await Cli.CallAsync("consumer", "list", "--socket", mesh.AdminSocket, "--kind", "stream")).Ends(ExitCode.Ok);

        var row = Regex.Match(list.Out, @"(?m)spiffe://cluster\.local/ns/default/sa/shown\s+shown\s+Stream\s+(\d+)\s+-\s+no");
        Assert.True(row.Success, list.Out);
        Assert.Contains($"the published bundle has sequence {row.Groups[1].Value}", list.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bans_and_lists_are_acknowledged_where_they_are_followed()
    {
        CliResult list;
        do
        {
            // Of a service that just started a second bundle may come before the bans.
            (await WatchAsync("enforcing", "--token", await mesh.TokenFileAsync("enforcing"), "--acknowledge", "--revocations", "--count", "2")).Ends(ExitCode.Ok);
            list = (await Cli.CallAsync("consumer", "list", "--socket", mesh.AdminSocket)).Ends(ExitCode.Ok);
        }
        while (Regex.IsMatch(list.Out, @"(?m)sa/enforcing\s+enforcing\s+Stream\s+\d+\s+0\s+no"));

        Assert.Matches(@"(?m)sa/enforcing\s+enforcing\s+Stream\s+\d+\s+[1-9]\d*\s+no", list.Out);
        Assert.Matches(@"bans and revocations of revision \d+ are in force at \d of these \d that acknowledge them", list.Out);
    }

    [Fact]
    public async Task Those_behind_are_listed_alone()
    {
        (await WatchAsync("ahead", "--token", await mesh.TokenFileAsync("ahead"), "--acknowledge")).Ends(ExitCode.Ok);
        var behind = (await Cli.CallAsync("consumer", "list", "--socket", mesh.AdminSocket, "--behind", "1", "--output", "json")).Ends(ExitCode.Ok);

        Assert.DoesNotContain("sa/ahead", behind.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData()]
    [InlineData("--token", "a", "--identity", "b")]
    public async Task One_proof_is_needed(params string[] proof) =>
        (await WatchAsync("one", proof)).Ends(ExitCode.Usage).Says("one of --token and --identity is needed");

    [Fact]
    public async Task A_refused_token_ends_with_3()
    {
        var token = mesh.File("no.token");
        await File.WriteAllTextAsync(token, "a.b.c");

        (await WatchAsync("refused", "--token", token)).Ends(ExitCode.Refused).Says("UNAUTHENTICATED");
    }

    private Task<CliResult> WatchAsync(string instance, params string[] more) => Cli.CallAsync(
        [
            "bundle", "watch", "--address", mesh.Address, "--roots", mesh.Roots, "--instance", instance,
            .. more.Contains("--count") ? more : [.. more, "--count", "1"],
        ]);

    private async Task<System.Text.Json.JsonElement> ListedAsync(string instance)
    {
        var list = (await Cli.CallAsync("consumer", "list", "--socket", mesh.AdminSocket, "--output", "json")).Ends(ExitCode.Ok).Json();
        Assert.Equal(["published_sequence", "total", "consumers", "revocations_revision"], CliResult.Members(list));
        return Assert.Single(list.GetProperty("consumers").EnumerateArray(), row => row.GetProperty("instance").GetString() == instance);
    }
}
