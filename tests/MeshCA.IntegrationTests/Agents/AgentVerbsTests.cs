using System.Collections.Immutable;
using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using MeshCA.Admin;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;
using static MeshCA.IntegrationTests.Agents.WorkloadHome;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The verbs that ask an agent, against its sockets.</summary>
public sealed class AgentVerbsTests : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Fetch_x509_shows_what_came_and_writes_it_where_only_the_owner_reads_the_key()
    {
        using var foreign = new SampleIdentities("other.example");
        await using var home = new WorkloadHome();
        home.Hold().Federate(foreign.Bundle);
        await home.StartAsync();
        var directory = home.Files.File("written");
        Assert.Equal(0, await RunAsync("agent", "fetch", "x509", "--socket", home.Socket, "--write", directory, "-o", "json"));

        var report = JsonNode.Parse(_out.ToString())!;
        Assert.Equal(Web, (string?)report["svids"]![0]!["spiffe_id"]);
        Assert.Equal(["cluster.local", "other.example"], report["bundles"]!.AsArray().Select(bundle => (string?)bundle!["trust_domain"]));
        Assert.Equal(Convert.ToInt32("600", 8), (int)File.GetUnixFileMode(Path.Combine(directory, "svid.0.key")));
        Assert.Equal(home.Own.Bundle.X509.ToPem(), await File.ReadAllTextAsync(Path.Combine(directory, "bundle.0.pem"), TestContext.Current.CancellationToken));
        Assert.Equal(foreign.Bundle.X509.ToPem(), await File.ReadAllTextAsync(Path.Combine(directory, "federated_bundle.0.0.pem"), TestContext.Current.CancellationToken));
        await OpenSsl.RunAsync("verify", "-CAfile", Path.Combine(directory, "bundle.0.pem"), "-untrusted", Path.Combine(directory, "svid.0.pem"), Path.Combine(directory, "svid.0.pem"));
        Assert.Equal(
            await OpenSsl.RunAsync("x509", "-in", Path.Combine(directory, "svid.0.pem"), "-noout", "-pubkey"),
            await OpenSsl.RunAsync("pkey", "-in", Path.Combine(directory, "svid.0.key"), "-pubout"));
    }

    [Fact]
    public async Task Watch_prints_a_line_for_each_change()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        var watch = RunAsync("agent", "watch", "--socket", "unix://" + home.Socket, "--count", "2");
        await home.UntilOpenAsync(1);
        await Eventually.TrueAsync(() => _out.ToString().Contains('\n', StringComparison.Ordinal), "the first line");
        home.Hold();

        Assert.Equal(0, await watch);
        Assert.Equal(2, _out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Fetch_jwt_prints_the_token()
    {
        await using var home = new WorkloadHome { Tokens = new OneToken(TokenFor(Web)) };
        await home.Hold().StartAsync();
        Assert.Equal(0, await RunAsync("agent", "fetch", "jwt", "--audience", "api", "--socket", home.Socket, "-o", "json"));
        Assert.Equal(TokenFor(Web), (string?)JsonNode.Parse(_out.ToString())!["svids"]![0]!["svid"]);
    }

    [Fact]
    public async Task Fetch_jwt_prints_a_token_on_a_line_of_its_own_however_long()
    {
        await using var home = new WorkloadHome { Tokens = new OneToken(TokenFor(Web)) };
        await home.Hold().StartAsync();
        Assert.Equal(0, await RunAsync("agent", "fetch", "jwt", "--audience", "api", "--socket", home.Socket));

        var lines = _out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith(Web + ", until ", lines[0], StringComparison.Ordinal);
        Assert.Equal(TokenFor(Web), lines[1]);
    }

    [Theory]
    [InlineData(3, "agent", "fetch", "jwt", "--audience", "api", "--spiffe-id", Cart)]
    [InlineData(2, "agent", "fetch", "jwt", "--audience", "api", "--spiffe-id", "cart")]
    [InlineData(2, "agent", "fetch", "jwt", "--audience", "")]
    [InlineData(2, "agent", "fetch", "jwt")]
    [InlineData(5, "agent", "validate", "--audience", "api")]
    public async Task What_is_refused_ends_with_its_code(int code, params string[] arguments)
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        Assert.Equal(code, await RunAsync([.. arguments, "--socket", home.Socket]));
        Assert.Empty(_out.ToString());
        Assert.StartsWith("meshca: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, "agent", "fetch", "x509", "--socket", "/nowhere.sock")]
    [InlineData(2, "agent", "fetch", "x509", "--socket", "unix://host/x")]
    [InlineData(4, "agent", "secrets", "--socket", "/nowhere.sock")]
    [InlineData(2, "agent", "explain")]
    [InlineData(2, "agent", "explain", "--pid", "1", "--uid", "1", "--gid", "1")]
    [InlineData(2, "agent", "secrets", "--uid", "1")]
    public async Task Without_an_agent_and_with_a_wrong_line_too(int code, params string[] arguments) =>
        Assert.Equal(code, await RunAsync(arguments));

    [Fact]
    public async Task Secrets_are_listed_as_the_tools_of_istio_do_and_without_keys()
    {
        using var foreign = new SampleIdentities("other.example");
        await using var home = new WorkloadHome { Entries = [SampleIdentities.Entry("web", Web), SampleIdentities.Entry("cart", Cart, new Selector.UserId(5))] };
        home.Hold().Federate(foreign.Bundle);
        await home.StartAsync();
        Assert.Equal(0, await RunAsync("agent", "secrets", "--socket", home.AdminSocket));

        var rows = _out.ToString().Split('\n').Skip(3).Where(line => line.Trim().Length > 0).ToList();
        string[] names = ["default", "ROOTCA", "ALL", "ALL", Web, Cart, "spiffe://cluster.local", "spiffe://other.example"];
        Assert.Equal(names, rows.Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
        Assert.All(rows, row => Assert.Contains("ACTIVE", row, StringComparison.Ordinal));
        Assert.Contains(Convert.ToHexStringLower(home.States.Current.Svids[0].Svid.SerialNumber.Span), rows[0], StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", _out.ToString(), StringComparison.Ordinal);

        Assert.Equal(0, await RunAsync("agent", "secrets", "--uid", "7", "--gid", "7", "--socket", home.AdminSocket));
        Assert.Contains(Web, _out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Cart, _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_says_which_selector_does_not_hold_for_a_process()
    {
        await using var home = new WorkloadHome { Entries = [SampleIdentities.Entry("stranger", Cart, new Selector.UserId(UserId + 1))] };
        await home.Hold().StartAsync();
        Assert.Equal(3, await RunAsync("agent", "explain", "--pid", $"{Environment.ProcessId}", "--socket", home.AdminSocket));
        Assert.Contains($"unix:uid:{UserId};", _out.ToString().Replace(" unix:gid", "; unix:gid", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains($"unix:uid:{UserId + 1} (does not hold)", _out.ToString(), StringComparison.Ordinal);

        Assert.Equal(0, await RunAsync("agent", "explain", "--uid", $"{UserId + 1}", "--gid", "0", "--socket", home.AdminSocket));
        home.States.Publish(state => state with { Svids = [] });
        Assert.Equal(4, await RunAsync("agent", "explain", "--uid", $"{UserId + 1}", "--gid", "0", "--socket", home.AdminSocket));
        Assert.Equal(3, await RunAsync("agent", "explain", "--pid", $"{int.MaxValue}", "--socket", home.AdminSocket));
        Assert.Contains("NOT_FOUND", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Administration_is_not_served_to_workloads()
    {
        await using var home = await new WorkloadHome().Hold().StartAsync();
        Assert.Equal(6, await RunAsync("agent", "secrets", "--socket", home.Socket));
        Assert.Contains("UNIMPLEMENTED", _error.ToString(), StringComparison.Ordinal);
    }

    // Of the right form; nobody verifies it.
    private static string TokenFor(string id) => string.Join('.', new[]
    {
        "{\"alg\":\"ES256\",\"kid\":\"k\"}", $"{{\"sub\":\"{id}\",\"aud\":[\"api\"],\"exp\":4000000000}}", new string('s', 64),
    }.Select(part => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part))));

    private async Task<int> RunAsync(params string[] arguments)
    {
        _out.GetStringBuilder().Clear();
        var console = new AdminConsole(() => new MemoryStream(Encoding.ASCII.GetBytes(TokenFor(Web))), TextWriter.Synchronized(_out), _error);
        return await new AdminCommandLine(console, AdminVerbs.All(TimeProvider.System)).RunAsync(arguments, TestContext.Current.CancellationToken);
    }

    private sealed class OneToken(string token) : IJwtSvids
    {
        public Task<JwtSvidOutcome> FetchAsync(RegistrationEntry entry, ImmutableArray<string> audiences, CancellationToken cancellationToken) =>
            Task.FromResult<JwtSvidOutcome>(new JwtSvidOutcome.Fetched(token, DateTimeOffset.MaxValue));
    }
}
