using Grpc.Core;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Identity;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The agent's JWT-SVIDs, minted by a CA of which a test decides what it answers.</summary>
public sealed class JwtSvidCacheTests
{
    private static readonly RegistrationEntry Entry = new() { Name = "default", Id = SpiffeId.Parse(FakeCa.Id), Selectors = [] };

    [Fact]
    public async Task One_call_serves_all_who_ask_for_the_same_audiences_in_any_order()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        var asked = 0;
        ca.Mint = request =>
        {
            Interlocked.Increment(ref asked);
            return Token(signer, request);
        };
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var tokens = agent.Part<IJwtSvids>();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(
            number => tokens.FetchAsync(Entry, number % 2 == 0 ? ["a", "b"] : ["b", "a"], TestContext.Current.CancellationToken)));

        Assert.Single(outcomes.Select(outcome => Assert.IsType<JwtSvidOutcome.Fetched>(outcome).Token).Distinct());
        Assert.Equal(1, asked);
        Assert.IsType<JwtSvidOutcome.Fetched>(await tokens.FetchAsync(Entry, ["ab"], TestContext.Current.CancellationToken));
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task What_another_ca_does_not_offer_is_passed_on()
    {
        await using var ca = await FakeCa.StartAsync();
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var outcome = await agent.Part<IJwtSvids>().FetchAsync(Entry, ["a"], TestContext.Current.CancellationToken);

        Assert.Equal(StatusCode.Unimplemented, Assert.IsType<JwtSvidOutcome.Refused>(outcome).Status.StatusCode);
    }

    [Theory]
    [InlineData("other identity")]
    [InlineData("other audience")]
    [InlineData("further audience")]
    [InlineData("expired")]
    [InlineData("junk")]
    public async Task A_token_that_is_not_what_was_asked_for_is_not_handed_out(string fault)
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        ca.Mint = request => Token(signer, request, fault);
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var outcome = await agent.Part<IJwtSvids>().FetchAsync(Entry, ["a"], TestContext.Current.CancellationToken);

        Assert.Equal(StatusCode.Unavailable, Assert.IsType<JwtSvidOutcome.Refused>(outcome).Status.StatusCode);
    }

    [Fact]
    public async Task A_token_of_a_compromised_key_is_asked_for_again_and_a_ca_that_goes_on_with_it_is_not_stormed()
    {
        await using var ca = await FakeCa.StartAsync();
        ca.HasStream = true;
        ca.Publish(1);
        using var signer = new TestTokenSigner("ES256", "k1");
        var asked = Count(ca, signer);
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(1UL), "the first bundle");
        await FetchAsync(agent, Entry);
        await FetchAsync(agent, Entry);
        Assert.Equal(1, asked());

        ca.Publish(2, bundle => bundle.TaintedKeyIds.Add("k1"));
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(2UL), "the second bundle");
        await FetchAsync(agent, Entry);
        await FetchAsync(agent, Entry);
        Assert.Equal(2, asked());
    }

    [Fact]
    public async Task An_entry_with_another_token_file_never_gets_the_token_of_the_one_before()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        var asked = Count(ca, signer);
        using var home = new AgentHome();
        ca.Lead(home);
        home.Write("token2", "another.token.too");
        await using var agent = await home.StartAsync();
        await FetchAsync(agent, Entry with { Id = null, TokenFile = home.File("token") });
        await FetchAsync(agent, Entry with { Id = null, TokenFile = home.File("token2") });

        Assert.Equal(2, asked());
    }

    [Fact]
    public async Task Calls_to_the_ca_are_bounded_however_many_audiences_a_workload_names()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        using var gate = new ManualResetEventSlim();
        var token = TestContext.Current.CancellationToken;
        ca.Mint = request =>
        {
            gate.Wait(token);
            return Token(signer, request);
        };
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id), ("Agent:RequestTimeout", "00:01:00"));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var tokens = agent.Part<IJwtSvids>();
        var underWay = Enumerable.Range(0, JwtSvidCache.MaxUnderWayOfEntry)
            .Select(number => tokens.FetchAsync(Entry, [$"a{number}"], TestContext.Current.CancellationToken)).ToList();
        var refused = await tokens.FetchAsync(Entry, ["more"], TestContext.Current.CancellationToken);
        gate.Set();

        Assert.Equal(StatusCode.ResourceExhausted, Assert.IsType<JwtSvidOutcome.Refused>(refused).Status.StatusCode);
        Assert.All(await Task.WhenAll(underWay), outcome => Assert.IsType<JwtSvidOutcome.Fetched>(outcome));
        Assert.IsType<JwtSvidOutcome.Fetched>(await tokens.FetchAsync(Entry, ["more"], TestContext.Current.CancellationToken));
    }

    private static Func<int> Count(FakeCa ca, TestTokenSigner signer)
    {
        var asked = 0;
        ca.Mint = request =>
        {
            Interlocked.Increment(ref asked);
            return Token(signer, request);
        };
        return () => Volatile.Read(ref asked);
    }

    private static async Task FetchAsync(TestAgent agent, RegistrationEntry entry) =>
        Assert.IsType<JwtSvidOutcome.Fetched>(await agent.Part<IJwtSvids>().FetchAsync(entry, ["a"], TestContext.Current.CancellationToken));

    [Fact]
    public async Task No_audience_and_too_many_never_reach_the_ca()
    {
        await using var ca = await FakeCa.StartAsync();
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        foreach (var audiences in (string[][])[[], [""], [new string('a', 256)], [.. Enumerable.Range(0, 17).Select(number => $"a{number}")]])
        {
            var outcome = await agent.Part<IJwtSvids>().FetchAsync(Entry, [.. audiences], TestContext.Current.CancellationToken);
            Assert.Equal(StatusCode.InvalidArgument, Assert.IsType<JwtSvidOutcome.Refused>(outcome).Status.StatusCode);
        }
    }

    private static MintJwtSvidResponse Token(TestTokenSigner signer, MintJwtSvidRequest request, string fault = "")
    {
        if (fault == "junk")
        {
            return new() { Token = "a.b.c", SpiffeId = FakeCa.Id };
        }

        var end = TimeProvider.System.GetUtcNow().AddMinutes(fault == "expired" ? -5 : 5).ToUnixTimeSeconds();
        IEnumerable<string> audiences = fault switch
        {
            "other audience" => ["x"],
            "further audience" => request.Audience.Append("x"),
            _ => request.Audience,
        };
        var claims = new System.Text.Json.Nodes.JsonObject
        {
            ["sub"] = fault == "other identity" ? FakeCa.Id + "/x" : FakeCa.Id,
            ["aud"] = new System.Text.Json.Nodes.JsonArray([.. audiences.Select(audience => System.Text.Json.Nodes.JsonValue.Create(audience))]),
            ["exp"] = end,
            ["iat"] = end - 600,
        };
        return new() { Token = signer.Sign(claims), SpiffeId = FakeCa.Id };
    }
}
