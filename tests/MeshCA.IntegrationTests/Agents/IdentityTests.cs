using System.Security.Cryptography.X509Certificates;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Consumers;
using MeshCA.IntegrationTests.Running;
using Microsoft.Extensions.DependencyInjection;
using SpiffeIdentity;
using SpiffeIdentity.Svids;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The agent against the real service.</summary>
public sealed class IdentityTests
{
    [Fact]
    public async Task An_agent_gets_an_svid_that_verifies_to_the_bundle_it_serves_and_says_that_it_has_it()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var home = new AgentHome();
        await home.PointToAsync(mesh);
        await using var agent = await home.StartAsync();

        var state = await agent.StateAsync(each => each is { Svids.Length: 1, Bundle.Sequence: not null }, "an SVID and the bundle");
        var held = state.Svids[0];
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/cart", held.Svid.Id.ToString());
        Assert.Equal(X509SvidError.None, held.Svid.Verify(state.Bundle!.X509, TimeProvider.System.GetUtcNow()));
        using var leaf = X509CertificateLoader.LoadCertificate(held.Svid.Certificates[0].Span);
        using var key = System.Security.Cryptography.ECDsa.Create();
        key.ImportPkcs8PrivateKey(held.PrivateKey.Span, out _);
        Assert.Equal(leaf.PublicKey.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
        await Eventually.TrueAsync(
            () => mesh.Part<ConsumerRegistry>().Live().Any(consumer => consumer.IsConnected && consumer.Sequence == (long)state.Bundle!.Sequence!.Value),
            "the acknowledgement");
        Assert.Equal("ok\n", await agent.Http.GetStringAsync("/healthz/ready"));
    }

    [Fact]
    public async Task Short_svids_are_renewed_again_and_again_with_a_new_key_each_time()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var home = new AgentHome(("Agent:Lifetime", "00:00:03"));
        await home.PointToAsync(mesh);
        await using var agent = await home.StartAsync();
        var keys = new HashSet<string>();
        var served = true;
        await Eventually.TrueAsync(
            () =>
            {
                var svids = agent.State.Svids;
                served &= keys.Count == 0 || svids.Length == 1;
                keys.UnionWith(svids.Select(svid => Convert.ToHexString(svid.Svid.SubjectPublicKeyInfo.Span)));
                return keys.Count >= 3;
            },
            "three keys");

        Assert.True(served);
    }

    [Fact]
    public async Task A_token_that_is_missing_is_waited_for_and_one_that_changes_is_read_again()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var home = new AgentHome(("Agent:Lifetime", "00:00:03"));
        await home.PointToAsync(mesh);
        System.IO.File.Delete(home.File("token"));
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ Failures: > 1 }], "failures");
        Assert.Equal(FailureCause.Credential, agent.Part<IdentityWorker>().Statuses[0].LastFailure!.Cause);

        home.Write("token", mesh.Home.Token("cart"));
        await agent.StateAsync(state => state.Svids.Length == 1, "an SVID");
        home.Write("token", mesh.Home.Token("basket"));
        await agent.StateAsync(state => state.Svids is [{ } svid] && svid.Svid.Id.ToString().EndsWith("basket", StringComparison.Ordinal), "the other account");
    }

    [Fact]
    public async Task An_answer_for_another_identity_is_refused()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var home = new AgentHome(("Agent:SpiffeId", "spiffe://cluster.local/ns/shop/sa/other"));
        await home.PointToAsync(mesh);
        await using var agent = await home.StartAsync();

        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses is [{ LastFailure.Cause: FailureCause.Answer }], "the refusal");
        Assert.Empty(agent.State.Svids);
    }

    [Fact]
    public async Task A_ca_that_goes_and_comes_back_is_found_again_and_what_is_held_is_served_meanwhile()
    {
        using var meshHome = new MeshHome();
        var mesh = await meshHome.StartAsync();
        using var home = new AgentHome(("Agent:Lifetime", "00:00:06"), ("Agent:RequestTimeout", "00:00:02"));
        await home.PointToAsync(mesh);
        await using var agent = await home.StartAsync();
        var first = (await agent.StateAsync(state => state.Svids.Length == 1, "an SVID")).Svids[0];
        meshHome.Set(("Server:Port", $"{mesh.Address.Port}"));
        await mesh.CloseAsync();
        await Eventually.TrueAsync(() => agent.Part<IdentityWorker>().Statuses[0].Failures > 0, "a failure");
        Assert.Single(agent.State.Svids);

        await agent.StateAsync(state => state.Svids.Length == 0, "the end of the SVID");
        var again = await meshHome.StartAsync();
        await using (again)
        {
            var next = await agent.StateAsync(state => state.Svids.Length == 1, "another SVID");
            Assert.NotEqual(first.Svid.SerialNumber.ToArray(), next.Svids[0].Svid.SerialNumber.ToArray());
        }
    }

    [Fact]
    public async Task A_held_svid_renews_itself_where_the_token_is_gone()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var home = new AgentHome(("Agent:Lifetime", "00:00:03"), ("Agent:RenewWithSvid", "true"));
        await home.PointToAsync(mesh);
        await using var agent = await home.StartAsync();
        var first = (await agent.StateAsync(state => state.Svids.Length == 1, "an SVID")).Svids[0];
        System.IO.File.Delete(home.File("token"));

        await agent.StateAsync(
            state => state.Svids is [{ } svid] && svid.Svid.NotAfter > first.Svid.NotAfter.AddSeconds(2), "two renewals without a token");
    }

    [Fact]
    public async Task Entries_with_tokens_of_their_own_get_their_own_identities()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var home = new AgentHome();
        RegistrationEntry[] entries =
        [
            .. Enumerable.Range(0, 20).Select(number => new RegistrationEntry
            {
                Name = $"entry-{number:00}",
                Id = SpiffeId.Parse($"spiffe://cluster.local/ns/shop/sa/app{number}"),
                Selectors = [],
                TokenFile = home.File($"token-{number}"),
            }),
        ];
        using var many = new AgentHome { Parts = services => services.AddSingleton<IRegistrations>(new FixedRegistrations([.. entries])) };
        await many.PointToAsync(mesh);
        foreach (var number in Enumerable.Range(0, 20))
        {
            home.Write($"token-{number}", mesh.Home.Token($"app{number}"));
        }

        await using var agent = await many.StartAsync();
        var state = await agent.StateAsync(each => each.Svids.Length == 20, "all SVIDs");

        Assert.Equal(entries.Select(entry => entry.Id), state.Svids.Select(svid => svid.Svid.Id));
    }
}
