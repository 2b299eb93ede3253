using MeshCA.Authorities;
using MeshCA.Federation;
using MeshCA.Tests.Federation;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage.Federation;

/// <summary>A forged bundle is a forged root of another trust domain.</summary>
public sealed class FederationTableTests
{
    private static readonly StoredFederation First = new()
    {
        Revision = 1,
        Peers =
        [
            new()
            {
                TrustDomain = TrustDomain.Parse("a.org"),
                Relationship = Peers.Spiffe("a.org"),
                Document = """{"keys":[]}"""u8.ToArray(),
                PollKeyHash = "00",
                Actor = "uid:0",
                CreatedAt = StoreSamples.Now,
            },
            new() { TrustDomain = TrustDomain.Parse("b.org"), Relationship = Peers.Web("b.org"), Actor = "uid:0", CreatedAt = StoreSamples.Now },
        ],
    };

    [Theory]
    [InlineData("DELETE FROM federated_peers WHERE trust_domain = 'a.org'")]
    [InlineData("DELETE FROM federated_peers")]
    [InlineData("UPDATE federated_peers SET document = x'7b7d' WHERE trust_domain = 'a.org'")]
    [InlineData("UPDATE federated_peers SET document = x'7b7d' WHERE trust_domain = 'b.org'")]
    [InlineData("UPDATE federated_peers SET url = 'https://evil/' WHERE trust_domain = 'a.org'")]
    [InlineData("UPDATE federated_peers SET endpoint_id = 'spiffe://a.org/evil' WHERE trust_domain = 'a.org'")]
    [InlineData("UPDATE federated_peers SET identities = 'spiffe://td' WHERE trust_domain = 'a.org'")]
    [InlineData("UPDATE federated_peers SET trust_domain = 'c.org' WHERE trust_domain = 'a.org'")]
    [InlineData("UPDATE federated_peers SET poll_key = '' WHERE trust_domain = 'a.org'")]
    [InlineData("UPDATE federated_peers SET checked_us = 1 WHERE trust_domain = 'a.org'")]
    [InlineData("INSERT INTO federated_peers SELECT 'c.org', url, profile, endpoint_id, identities, document, accepted_us, checked_us, poll_key, actor, created_us FROM federated_peers WHERE trust_domain = 'a.org'")]
    [InlineData("DELETE FROM meta WHERE name = 'federation'")]
    public async Task A_change_by_somebody_else_is_found(string sql)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SaveFederationAsync(StoredFederation.None, First, [], default);
        fixture.Sql(sql);
        await Assert.ThrowsAsync<KeySealException>(() => fixture.Store.LoadFederationAsync(default));
    }

    [Fact]
    public async Task An_older_state_cannot_be_put_back_beside_a_newer_revision()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SaveFederationAsync(StoredFederation.None, First, [], default);
        fixture.Sql("CREATE TABLE kept AS SELECT value FROM meta WHERE name = 'federation'");
        await fixture.Store.SaveFederationAsync(First, First with { Revision = 2, Peers = [First.Peers[0]] }, [], default);
        fixture.Sql("UPDATE meta SET value = (SELECT value FROM kept) WHERE name = 'federation'");
        await Assert.ThrowsAsync<KeySealException>(() => fixture.Store.LoadFederationAsync(default));
    }
}
