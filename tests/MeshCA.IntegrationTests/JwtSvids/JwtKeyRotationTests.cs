using System.IO;
using System.Text.Json;
using MeshCA.Admin;
using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using MeshCA.Requesting;
using MeshCA.Rotations;
using Xunit;

namespace MeshCA.IntegrationTests.JwtSvids;

/// <summary><c>meshca jwt rotate</c> against a service with a consumer on its bundle stream; also where the X.509 authority is plugged in.</summary>
public sealed class JwtKeyRotationTests : IDisposable
{
    private const string Refused = "3";
    private const string Slow = "spiffe://cluster.local/ns/shop/sa/slow";

    private readonly MeshHome _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Socket => _home.File("run/admin.sock");

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_consumer_without_the_key_is_named_and_holds_the_order_up_until_it_acknowledges(bool isPluggedIn)
    {
        _home.Set(("Server:AdminSocket", Socket));
        if (isPluggedIn)
        {
            _home.Set(("Authorities:PluginDirectory", _home.File("cacerts")));
            var root = OperatorAuthority.Root("root 1");
            new PluginFiles(_home.File("cacerts")).WriteIstio(root, root.Pem, root.Pem);
        }

        await using var mesh = await _home.StartAsync();
        var (first, next) = Keys(mesh);
        using var client = mesh.Connect();
        using var watch = await BundleWatch.OpenAsync(client.Bundles, new() { Instance = "pod-1" }, MintTests.Options(mesh.Home.Token("slow")));
        await using var messages = watch.ReadAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await messages.MoveNextAsync());
        mesh.Home.Clock.Pass(TimeSpan.FromMinutes(31));

        var (code, dry) = await JsonAsync("--dry-run");
        Assert.Equal((Refused, true, true, next), (code, dry.GetProperty("dry_run").GetBoolean(), dry.GetProperty("refused").GetBoolean(), IdOf(dry, "next")));
        Assert.Equal(Slow, Assert.Single(dry.GetProperty("consumers").GetProperty("laggards").EnumerateArray()).GetProperty("subject").GetString());
        Assert.Equal(first, Signer(mesh));

        (code, var refused) = await JsonAsync("--reason", "a drill");
        Assert.Equal((Refused, "consumers"), (code, Assert.Single(refused.GetProperty("unmet").EnumerateArray()).GetProperty("kind").GetString()));
        var (_, text) = await RunAsync();
        Assert.Contains("refused", text, StringComparison.Ordinal);
        Assert.Contains("sa/slow", text, StringComparison.Ordinal);
        Assert.Equal(first, Signer(mesh));

        await watch.AcknowledgeAsync(messages.Current.Bundle, Token);
        await Eventually.TrueAsync(
            () => mesh.Part<ConsumerRegistry>().Live().Any(consumer => consumer.Sequence == (long)messages.Current.Bundle.Sequence), "the acknowledgement");
        Assert.Equal("0", (await JsonAsync("--dry-run")).Code);
        (code, var done) = await JsonAsync("--reason", "a drill");
        Assert.Equal(("0", next, next), (code, IdOf(done, "active"), Signer(mesh)));
        Assert.Equal(first, Assert.Single(done.GetProperty("leaving").EnumerateArray()).GetProperty("id").GetString());
        Assert.NotEqual(next, IdOf(done, "next")); // the one after it is published already
    }

    [Fact]
    public async Task By_force_it_is_done_at_once_and_the_audit_says_so()
    {
        _home.Set(("Server:AdminSocket", Socket));
        await using var mesh = await _home.StartAsync();
        var (_, next) = Keys(mesh);
        Assert.Equal("2", (await RunAsync("--force")).Code);
        Assert.Equal("0", (await JsonAsync("--dry-run", "--force", "--reason", "a drill")).Code);
        Assert.NotEqual(next, Signer(mesh));
        Assert.Equal("0", (await JsonAsync("--force", "--reason", "a drill")).Code);
        Assert.Equal(next, Signer(mesh));
        await Eventually.TrueAsync(
            () => mesh.Home.Store.Audit("jwt-key.activated") is [{ Detail: "forced: a drill" }], "the record of the order");
    }

    // By itself, at the end of its time: the worker's part, without waiting for its clock.
    [Fact]
    public async Task By_itself_it_waits_for_the_consumer_and_not_for_ever()
    {
        _home.Set(("JwtSvids:KeyLifetime", "04:00:00"));
        await using var mesh = await _home.StartAsync();
        var (first, next) = Keys(mesh);
        using var client = mesh.Connect();
        using var watch = await BundleWatch.OpenAsync(client.Bundles, new() { Instance = "pod-1" }, MintTests.Options(mesh.Home.Token("slow")));
        await using var messages = watch.ReadAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await messages.MoveNextAsync());
        var coordinator = mesh.Part<JwtKeyCoordinator>();

        mesh.Home.Clock.Pass(TimeSpan.FromHours(4));
        await coordinator.StepAsync(Token);
        Assert.Equal(first, Signer(mesh));
        mesh.Home.Clock.Pass(TimeSpan.FromHours(1));
        await coordinator.StepAsync(Token);
        Assert.Equal(next, Signer(mesh));
        Assert.Contains(Slow, Assert.Single(mesh.Home.Store.Audit("jwt-key.activated")).Detail, StringComparison.Ordinal);
    }

    private static string Signer(TestMesh mesh) => mesh.Part<IAuthoritySnapshots>().Current!.Jwt.Signer!.Id;

    private static (string First, string Next) Keys(TestMesh mesh) =>
        mesh.Part<IAuthoritySnapshots>().Current!.Jwt.Published is [var first, var next] ? (first.Id, next.Id) : default;

    private static string? IdOf(JsonElement report, string key) => report.GetProperty(key).GetProperty("id").GetString();

    private async Task<(string Code, JsonElement Report)> JsonAsync(params string[] arguments)
    {
        var (code, said) = await RunAsync([.. arguments, "--output", "json"]);
        using var document = JsonDocument.Parse(said);
        return (code, document.RootElement.Clone());
    }

    private async Task<(string Code, string Out)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        var commandLine = new AdminCommandLine(new AdminConsole(() => Stream.Null, output, TextWriter.Null), AdminVerbs.All(TimeProvider.System));
        var code = await commandLine.RunAsync(["jwt", "rotate", .. arguments, "--socket", Socket], Token);
        return (code.ToString(System.Globalization.CultureInfo.InvariantCulture), output.ToString());
    }
}
