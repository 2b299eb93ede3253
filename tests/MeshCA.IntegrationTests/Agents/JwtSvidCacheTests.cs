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

    [Theory]
    [InlineData(JwtSvidCache.MaxUnderWayOfEntry, false)]
    [InlineData(JwtSvidCache.MaxUnderWay, true)]
    public async Task Calls_to_the_ca_are_bounded_for_one_entry_and_for_all_however_many_audiences_a_workload_names(int most, bool isOfAll)
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
        var underWay = Enumerable.Range(0, most).Select(number => AskAsync(number / JwtSvidCache.MaxUnderWayOfEntry, number)).ToList();
        var refused = await AskAsync(isOfAll ? most : 0, most);
        gate.Set();

        Assert.Equal(StatusCode.ResourceExhausted, Assert.IsType<JwtSvidOutcome.Refused>(refused).Status.StatusCode);
        Assert.All(await Task.WhenAll(underWay), outcome => Assert.IsType<JwtSvidOutcome.Fetched>(outcome));
        Assert.IsType<JwtSvidOutcome.Fetched>(await AskAsync(isOfAll ? most : 0, most));

        Task<JwtSvidOutcome> AskAsync(int entry, int audience) => tokens.FetchAsync(Entry with { Name = $"e{entry}" }, [$"a{audience}"], token);
    }

    [Fact]
    public async Task A_token_is_renewed_at_half_of_its_life_and_serves_to_its_end_while_the_ca_is_away()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        var asked = Count(ca, signer);
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id)) { Clock = clock };
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var first = await FetchAsync(agent, Entry);
        clock.Set(first.ExpiresAt.AddMinutes(-3));
        Assert.Equal(first.Token, (await FetchAsync(agent, Entry)).Token);
        Assert.Equal(1, asked());

        clock.Set(first.ExpiresAt.AddMinutes(-2));
        var second = await FetchAsync(agent, Entry);
        Assert.Equal(2, asked());

        ca.Mint = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        clock.Set(second.ExpiresAt.AddSeconds(-1));
        Assert.Equal(second.Token, (await FetchAsync(agent, Entry)).Token);
        clock.Set(second.ExpiresAt);
        Assert.Equal(StatusCode.Unavailable, await RefusalAsync(agent, Entry));
    }

    [Fact]
    public async Task Whom_the_ca_refuses_by_now_keeps_no_token_of_before()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        Count(ca, signer);
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id)) { Clock = clock };
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var first = await FetchAsync(agent, Entry);
        clock.Set(first.ExpiresAt.AddMinutes(-2));
        ca.Mint = _ => throw new RpcException(new Status(StatusCode.PermissionDenied, "banned"));
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(agent, Entry));

        ca.Mint = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        Assert.Equal(StatusCode.Unavailable, await RefusalAsync(agent, Entry));
    }

    [Fact]
    public async Task A_token_whose_key_left_the_bundle_is_asked_for_again_and_once()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        using var next = new TestTokenSigner("ES256", "k2");
        ca.HasStream = true;
        ca.Publish(1, bundle => bundle.JwtAuthorities.Add(KeyOf(signer)));
        var asked = Count(ca, signer);
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(1UL), "the first bundle");
        await FetchAsync(agent, Entry);
        await FetchAsync(agent, Entry);
        Assert.Equal(1, asked());

        ca.Publish(2, bundle => bundle.JwtAuthorities.Add(KeyOf(next)));
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(2UL), "the second bundle");
        await FetchAsync(agent, Entry);
        await FetchAsync(agent, Entry);
        Assert.Equal(2, asked());
    }

    [Fact]
    public async Task A_ca_that_goes_on_with_a_compromised_key_is_asked_again_before_long()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        ca.HasStream = true;
        ca.Publish(1, bundle => bundle.TaintedKeyIds.Add("k1"));
        var asked = Count(ca, signer);
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id)) { Clock = clock };
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => ca.Acknowledged.Contains(1UL), "the bundle");
        await FetchAsync(agent, Entry);
        clock.Set(clock.GetUtcNow().AddSeconds(9));
        await FetchAsync(agent, Entry);
        Assert.Equal(1, asked());
        clock.Set(clock.GetUtcNow().AddSeconds(1));
        await FetchAsync(agent, Entry);
        Assert.Equal(2, asked());
    }

    [Fact]
    public async Task An_identity_of_another_entry_is_named_and_the_own_one_is_not()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        var named = new List<string>();
        ca.Mint = request =>
        {
            named.Add(request.SpiffeId);
            return Token(signer, request);
        };
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await FetchAsync(agent, Entry);
        var other = Entry with { Name = "other", Id = SpiffeId.Parse("spiffe://cluster.local/ns/shop/sa/web") };
        Assert.Equal(StatusCode.Unavailable, await RefusalAsync(agent, other)); // the token is of the agent's own identity

        Assert.Equal(["", "spiffe://cluster.local/ns/shop/sa/web"], named);
    }

    [Fact]
    public async Task Where_the_ca_names_the_identity_it_is_of_the_own_trust_domain()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        ca.Mint = request => Token(signer, request, "other trust domain");
        using var home = new AgentHome();
        ca.Lead(home);
        await using var agent = await home.StartAsync();

        Assert.Equal(StatusCode.Unavailable, await RefusalAsync(agent, Entry with { Id = null }));
    }

    [Fact]
    public async Task Where_the_certificate_is_refused_the_token_decides()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        ca.Mint = request => ca.MintHeaders.Last().GetValue("authorization") is null
            ? throw new RpcException(new Status(StatusCode.Unauthenticated, "no certificate is wanted here"))
            : Token(signer, request);
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id), ("Agent:RenewWithSvid", "true"));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        await agent.StateAsync(state => state.Svids.Length == 1, "an SVID");
        await FetchAsync(agent, Entry);

        Assert.Equal([null, "Bearer any.token.does"], ca.MintHeaders.Select(headers => headers.GetValue("authorization")));
    }

    [Fact]
    public async Task No_more_tokens_are_kept_than_there_is_room_for_and_the_one_that_ends_first_goes()
    {
        await using var ca = await FakeCa.StartAsync();
        using var signer = new TestTokenSigner("ES256", "k1");
        var asked = 0;
        ca.Mint = request =>
        {
            Interlocked.Increment(ref asked);
            return Token(signer, request, request.Audience[0] == "first" ? "ends soon" : "");
        };
        using var home = new AgentHome(("Agent:SpiffeId", FakeCa.Id));
        ca.Lead(home);
        await using var agent = await home.StartAsync();
        var tokens = agent.Part<IJwtSvids>();
        foreach (var audience in Enumerable.Range(1, JwtSvidCache.MaxTokens).Select(number => $"a{number}").Prepend("first"))
        {
            Assert.IsType<JwtSvidOutcome.Fetched>(await tokens.FetchAsync(Entry, [audience], TestContext.Current.CancellationToken));
        }

        await tokens.FetchAsync(Entry, ["a1"], TestContext.Current.CancellationToken);
        Assert.Equal(JwtSvidCache.MaxTokens + 1, asked);
        await tokens.FetchAsync(Entry, ["first"], TestContext.Current.CancellationToken);
        Assert.Equal(JwtSvidCache.MaxTokens + 2, asked);
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

    private static async Task<JwtSvidOutcome.Fetched> FetchAsync(TestAgent agent, RegistrationEntry entry) =>
        Assert.IsType<JwtSvidOutcome.Fetched>(await agent.Part<IJwtSvids>().FetchAsync(entry, ["a"], TestContext.Current.CancellationToken));

    private static async Task<StatusCode> RefusalAsync(TestAgent agent, RegistrationEntry entry) =>
        Assert.IsType<JwtSvidOutcome.Refused>(await agent.Part<IJwtSvids>().FetchAsync(entry, ["a"], TestContext.Current.CancellationToken)).Status.StatusCode;

    private static JwtAuthority KeyOf(TestTokenSigner signer) =>
        new() { KeyId = signer.KeyId, PublicKey = Google.Protobuf.ByteString.CopyFrom(signer.SubjectPublicKeyInfo) };

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

        var end = TimeProvider.System.GetUtcNow().AddMinutes(fault switch { "expired" => -5, "ends soon" => 4, _ => 5 }).ToUnixTimeSeconds();
        IEnumerable<string> audiences = fault switch
        {
            "other audience" => ["x"],
            "further audience" => request.Audience.Append("x"),
            _ => request.Audience,
        };
        var claims = new System.Text.Json.Nodes.JsonObject
        {
            ["sub"] = fault switch { "other identity" => FakeCa.Id + "/x", "other trust domain" => "spiffe://evil.example/x", _ => FakeCa.Id },
            ["aud"] = new System.Text.Json.Nodes.JsonArray([.. audiences.Select(audience => System.Text.Json.Nodes.JsonValue.Create(audience))]),
            ["exp"] = end,
            ["iat"] = end - 600,
        };
        return new() { Token = signer.Sign(claims), SpiffeId = FakeCa.Id };
    }
}
