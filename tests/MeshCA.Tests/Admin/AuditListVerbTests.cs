using System.IO;
using System.Text.Json;
using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

[Collection(RunningMeshCollection.Name)]
public sealed class AuditListVerbTests(RunningMesh mesh)
{
    [Fact]
    public async Task Certificates_are_listed_each_on_one_line()
    {
        var token = await mesh.TokenFileAsync("listed");
        (await mesh.RequestAsync(token, mesh.File("listed"))).Ends(ExitCode.Ok);

        var listed = (await Cli.CallAsync("audit", "list", "--data", mesh.Data)).Ends(ExitCode.Ok);

        Assert.Matches(@"(?m)^ +\d+ .* Leaf +spiffe://cluster\.local/ns/default/sa/listed +[0-9a-f]{32} .* jwt:dev +ipv4:", listed.Out);
        Assert.Contains("Root", listed.Out, StringComparison.Ordinal);
        Assert.DoesNotContain((await File.ReadAllTextAsync(token)).Trim(), listed.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", listed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_holds_the_whole_record()
    {
        (await mesh.RequestAsync(await mesh.TokenFileAsync("recorded", "--pod", "recorded-0"), mesh.File("recorded"))).Ends(ExitCode.Ok);

        var row = Assert.Single((await ListAsync("--spiffe-id", "spiffe://cluster.local/ns/default/sa/recorded")).EnumerateArray());

        Assert.Equal(
            [
                "sequence", "issuedAt", "kind", "holder", "serial", "notBefore", "notAfter", "requestedLifetime", "authority",
                "certificateSha256", "keySha256", "authenticator", "tokenId", "tokenTime", "cluster", "pod", "node", "requestedBy", "bundleSequence",
                "peer", "audience",
            ],
            CliResult.Members(row));
        Assert.Equal("Leaf", row.GetProperty("kind").GetString());
        Assert.Equal("recorded-0", row.GetProperty("pod").GetString());
    }

    [Fact]
    public async Task The_serial_that_a_request_printed_finds_its_record()
    {
        var report = (await mesh.RequestAsync(await mesh.TokenFileAsync("found"), mesh.File("found"), "-o", "json")).Ends(ExitCode.Ok).Json();
        var serial = report.GetProperty("serial").GetString()!;

        var row = Assert.Single((await ListAsync("--serial", serial)).EnumerateArray());

        Assert.Equal(serial, row.GetProperty("serial").GetString());
    }

    [Fact]
    public async Task Kinds_limits_and_times_choose()
    {
        Assert.All((await ListAsync("--kind", "serving")).EnumerateArray(), row => Assert.Equal("Serving", row.GetProperty("kind").GetString()));
        Assert.Equal(1, (await ListAsync("--limit", "1")).GetArrayLength());
        Assert.Equal(0, (await ListAsync("--since", "2100-01-01T00:00:00Z")).GetArrayLength());
        Assert.Equal(0, (await ListAsync("--until", "2000-01-01T00:00:00Z")).GetArrayLength());
    }

    [Fact]
    public async Task A_refusal_is_among_the_events_with_the_reason_its_caller_did_not_hear()
    {
        (await mesh.RequestAsync(await mesh.TokenFileAsync("web", "--audience", "vault"), mesh.File("refusal"))).Ends(ExitCode.Refused);

        var events = await EventsAsync("WrongAudience");

        var row = events.First(row => row.GetProperty("detail").GetString()!.StartsWith("WrongAudience", StringComparison.Ordinal));
        Assert.Equal(["sequence", "time", "action", "outcome", "actor", "target", "detail"], CliResult.Members(row));
        Assert.Equal(("csr.refused", "refused"), (row.GetProperty("action").GetString(), row.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task Events_are_listed_each_on_one_line_and_brackets_of_theirs_are_no_markup()
    {
        var asked = await mesh.RequestAsync(await mesh.TokenFileAsync("web"), mesh.File("events"), "--cluster-id", "[bold]east");
        asked.Ends(ExitCode.Refused);
        await EventsAsync("[bold]east");

        var listed = (await Cli.CallAsync("audit", "list", "--data", mesh.Data, "--events")).Ends(ExitCode.Ok);

        Assert.Matches(@"(?m)^ +\d+ .*Z +csr\.refused +refused +unauthenticated +UnknownCluster: `\[bold\]east`, from ipv4:", listed.Out);
    }

    [Theory]
    [InlineData("--spiffe-id", "cluster.local/ns/a/sa/b")]
    [InlineData("--serial", "xyz")]
    [InlineData("--kind", "Cake")]
    [InlineData("--kind", "4")]
    [InlineData("--limit", "many")]
    [InlineData("--since", "yesterday-ish")]
    [InlineData("--set", "Storage")]
    [InlineData("--set", "Storage:NoSuchSetting=1")]
    [InlineData("--set", "Storage:MaxBatch=many")]
    [InlineData("--set", "Storage:MaxBatch=0")]
    public async Task A_wrong_option_ends_with_2(string option, string value) =>
        (await Cli.CallAsync("audit", "list", "--data", mesh.Data, option, value)).Ends(ExitCode.Usage).Says("");

    [Fact]
    public async Task A_directory_without_a_store_ends_with_4() =>
        (await Cli.CallAsync("audit", "list", "--data", mesh.File("nothing"))).Ends(ExitCode.Unavailable).Says("no store");

    private async Task<JsonElement> ListAsync(params string[] filters) =>
        (await Cli.CallAsync(["audit", "list", "--data", mesh.Data, "--output", "json", .. filters])).Ends(ExitCode.Ok).Json();

    // Nobody waits for the record of a refusal, so it may become durable a moment after the answer.
    private async Task<List<JsonElement>> EventsAsync(string part)
    {
        for (var attempt = 0; ; attempt++)
        {
            var rows = (await ListAsync("--events", "--limit", "1000")).EnumerateArray().ToList();
            if (attempt == 100 || rows.Exists(row => row.GetProperty("detail").GetString()!.Contains(part, StringComparison.Ordinal)))
            {
                return rows;
            }

            await Task.Delay(50);
        }
    }
}
