using Grpc.Core;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
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
