using MeshCA.Federation;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Federation;

public sealed class FederationPlannerTests : IDisposable
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;

    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _next = TestAuthority.CreateRoot();

    public void Dispose()
    {
        _root.Dispose();
        _next.Dispose();
    }

    [Fact]
    public void A_relationship_is_added_with_its_first_bundle_and_its_audit()
    {
        var document = Document(1, _root);
        var planned = Assert.IsType<FederationPlan.Planned>(Add(StoredFederation.None, Peers.Order(Peers.Spiffe(), document)));
        var peer = Assert.Single(planned.Next.Peers);
        Assert.Equal((Peers.Other, "uid:0", Now, Now), (peer.TrustDomain, peer.Actor, peer.CreatedAt, peer.AcceptedAt!.Value));
        Assert.Null(peer.CheckedAt); // handed over is not fetched
        var audit = Assert.Single(planned.Audit);
        Assert.Equal(("federation.added", "uid:0", "spiffe://other.org"), (audit.Action, audit.Actor, audit.Target));
        Assert.Contains("https_spiffe https://127.0.0.1:8443 as spiffe://other.org/bundles", audit.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_first_bundle_only_the_web_needs_none()
    {
        Assert.IsType<FederationPlan.Planned>(Add(StoredFederation.None, Peers.Order(Peers.Web())));
        Assert.Equal(FederationRefusal.NoBundle, Refusal(Add(StoredFederation.None, Peers.Order(Peers.Spiffe()))));
    }

    [Fact]
    public void S5_2_2_an_endpoint_of_another_domain_needs_a_relationship_with_that_one()
    {
        var order = Peers.Order(Peers.Spiffe(endpoint: "spiffe://third.org/x"));
        Assert.Equal(FederationRefusal.VerifierUnknown, Refusal(Add(StoredFederation.None, order)));
        var third = Peers.With(StoredFederation.None, Peers.Order(Peers.Web("third.org")));
        var both = Assert.IsType<FederationPlan.Planned>(Add(third, order)).Next;
        Assert.Equal(FederationRefusal.VerifiesAnother, Refusal(FederationPlanner.Remove(both, TrustDomain.Parse("third.org"), "uid:0", "", Now)));
        Assert.IsType<FederationPlan.Planned>(FederationPlanner.Remove(both, Peers.Other, "uid:0", "", Now));

        // Ours is always at hand.
        Assert.IsType<FederationPlan.Planned>(Add(StoredFederation.None, Peers.Order(Peers.Spiffe(endpoint: "spiffe://cluster.local/x"))));
    }

    [Fact]
    public void Our_own_trust_domain_is_nobody_elses()
    {
        Assert.Equal(FederationRefusal.OwnTrustDomain, Refusal(Add(StoredFederation.None, Peers.Order(Peers.Web("cluster.local")))));
        Assert.Equal(FederationRefusal.OwnTrustDomain, Refusal(Invite(StoredFederation.None, Peers.Own)));
    }

    [Fact]
    public void A_second_relationship_with_the_same_domain_must_say_that_it_replaces_the_first_and_keeps_its_bundle()
    {
        var stored = Peers.With(StoredFederation.None, Peers.Order(Peers.Spiffe(), Document(1, _root)));
        var moved = Peers.Order(Peers.Spiffe(url: "https://elsewhere/"));
        Assert.Equal(FederationRefusal.AlreadyFederated, Refusal(Add(stored, moved)));
        var replaced = Assert.IsType<FederationPlan.Planned>(Add(stored, moved with { Replaces = true }));
        Assert.True(Assert.Single(replaced.Next.Peers).Document.Span.SequenceEqual(Document(1, _root)));
        Assert.Equal(new Uri("https://elsewhere/"), replaced.Peer.Relationship!.Url);
        Assert.Equal("federation.replaced", replaced.Audit[0].Action);

        var another = Add(stored, moved with { Replaces = true, Bootstrap = Document(9, _next) });
        Assert.True(Assert.IsType<FederationPlan.Planned>(another).Peer.Document.Span.SequenceEqual(Document(9, _next)));
    }

    // spiffe §4.2: only a greater sequence is taken; the override is `refresh`, with its reason.
    [Fact]
    public void An_old_invitation_does_not_bring_an_old_bundle_back()
    {
        var stored = Peers.With(StoredFederation.None, Peers.Order(Peers.Spiffe(), Document(5, _root)));
        var again = Peers.Order(Peers.Spiffe()) with { Replaces = true };
        Assert.Equal(FederationRefusal.BundleRefused, Refusal(Add(stored, again with { Bootstrap = Document(4, _next) })));
        Assert.Equal(FederationRefusal.BundleRefused, Refusal(Add(stored, again with { Bootstrap = Document(5, _next) })));
        Assert.Equal(FederationRefusal.BundleRefused, Refusal(Add(stored, again with { Bootstrap = Peers.Document("other.org", null, null, _next) })));
        Assert.IsType<FederationPlan.Planned>(Add(stored, again with { Bootstrap = Document(5, _root) }));
        Assert.IsType<FederationPlan.Planned>(Add(stored, again with { Bootstrap = Document(6, _next) }));
        Assert.IsType<FederationPlan.Planned>(Add(stored, again));
    }

    [Fact]
    public void Peers_have_a_limit()
    {
        var stored = StoredFederation.None with
        {
            Peers = [.. Enumerable.Range(0, FederationPlanner.MaxPeers).Select(i => new FederatedPeer { TrustDomain = TrustDomain.Parse($"d{i}"), Actor = "a", CreatedAt = Now })],
        };
        Assert.Equal(FederationRefusal.TooMany, Refusal(Add(stored, Peers.Order(Peers.Web()))));
        Assert.Equal(FederationRefusal.TooMany, Refusal(Invite(stored, Peers.Other)));
        Assert.IsType<FederationPlan.Planned>(Add(stored, Peers.Order(Peers.Web("d7"))));
    }

    [Fact]
    public void An_invitation_stands_beside_the_relationship_and_neither_brings_the_other()
    {
        var invited = Assert.IsType<FederationPlan.Planned>(Invite(StoredFederation.None, Peers.Other));
        Assert.Null(invited.Peer.Relationship); // whoever fetches ours is not trusted for it
        var both = Assert.IsType<FederationPlan.Planned>(Add(invited.Next, Peers.Order(Peers.Web())));
        Assert.Equal(("hash", true), (both.Peer.PollKeyHash, both.Peer.Relationship is not null));
        Assert.DoesNotContain("hash", invited.Audit[0].Detail, StringComparison.Ordinal);
        Assert.Empty(Assert.IsType<FederationPlan.Planned>(FederationPlanner.Remove(both.Next, Peers.Other, "uid:0", "", Now)).Next.Peers);
    }

    [Fact]
    public void A_fetched_bundle_takes_the_place_of_the_one_held_and_is_audited()
    {
        var (stored, offer) = Offered(Document(1, _root), Document(2, _next));
        var planned = Assert.IsType<FederationPlan.Planned>(FederationPlanner.Accept(stored, offer, Peers.Read(Document(1, _root)), Now));
        Assert.True(planned.Peer.Document.Span.SequenceEqual(Document(2, _next)));
        Assert.Equal(Now, planned.Peer.CheckedAt);
        Assert.Equal(("federation.bundle-changed", "system", "sequence 1 became 2, 1 X.509 and 0 JWT authorities"), (planned.Audit[0].Action, planned.Audit[0].Actor, planned.Audit[0].Detail));
    }

    [Fact]
    public void What_was_fetched_by_a_relationship_that_is_gone_or_another_by_now_is_nothing()
    {
        var (stored, offer) = Offered(Document(1, _root), Document(2, _next));
        Assert.Equal(FederationRefusal.NotFound, Refusal(FederationPlanner.Accept(StoredFederation.None, offer, null, Now)));
        var moved = Assert.IsType<FederationPlan.Planned>(Add(stored, Peers.Order(Peers.Spiffe(url: "https://elsewhere/")) with { Replaces = true })).Next;
        Assert.Equal(FederationRefusal.NotFound, Refusal(FederationPlanner.Accept(moved, offer, Peers.Read(Document(1, _root)), Now)));
    }

    [Theory]
    [InlineData("spiffe://other.org/else", "https://127.0.0.1:8443/")]
    [InlineData("spiffe://other.org/bundles", "https://127.0.0.1:8444/")]
    [InlineData(null, "https://127.0.0.1:8443/")]
    public void Each_parameter_tells_one_relationship_from_another(string? endpoint, string url)
    {
        var other = endpoint is null ? Peers.Web(url: url) : Peers.Spiffe(endpoint: endpoint, url: url);
        Assert.False(FederationPlanner.IsSame(Peers.Spiffe(), other));
        Assert.False(FederationPlanner.IsSame(Peers.Spiffe(), null));
        Assert.False(FederationPlanner.IsSame(Peers.Web(), Peers.Web("third.org", "https://other.org/")));
        Assert.True(FederationPlanner.IsSame(Peers.Spiffe(), Peers.Spiffe()));
    }

    [Fact]
    public void A_replaced_relationship_has_the_times_of_the_bundle_that_it_keeps_and_none_of_one_that_it_drops()
    {
        var stored = Peers.With(StoredFederation.None, Peers.Order(Peers.Spiffe(), Document(1, _root)));
        stored = Assert.IsType<FederationPlan.Planned>(FederationPlanner.Check(stored, Peers.Other, Now.AddHours(1))).Next;
        var again = Peers.Order(Peers.Spiffe()) with { Replaces = true };
        var kept = Assert.IsType<FederationPlan.Planned>(FederationPlanner.Add(stored, again, Peers.OwnDomains, Now.AddHours(2))).Peer;
        Assert.Equal((Now, Now.AddHours(1)), (kept.AcceptedAt!.Value, kept.CheckedAt!.Value));

        var order = again with { Bootstrap = Document(2, _next) };
        var dropped = Assert.IsType<FederationPlan.Planned>(FederationPlanner.Add(stored, order, Peers.OwnDomains, Now.AddHours(2))).Peer;
        Assert.Equal((Now.AddHours(2), null), (dropped.AcceptedAt!.Value, dropped.CheckedAt));
    }

    [Fact]
    public void Who_was_invited_only_is_never_checked() =>
        Assert.Equal(FederationRefusal.NotFound, Refusal(FederationPlanner.Check(
            Assert.IsType<FederationPlan.Planned>(Invite(StoredFederation.None, Peers.Other)).Next, Peers.Other, Now)));

    [Fact]
    public void A_bundle_that_went_back_is_refused_unless_somebody_says_why_it_is_taken()
    {
        var (stored, offer) = Offered(Document(5, _root), Document(4, _next));
        var held = Peers.Read(Document(5, _root));
        Assert.Equal(FederationRefusal.BundleRefused, Refusal(FederationPlanner.Accept(stored, offer, held, Now)));
        var forced = Assert.IsType<FederationPlan.Planned>(FederationPlanner.Accept(
            stored, offer with { AcceptsRollback = true, Actor = "uid:0", Reason = "restored from a backup" }, held, Now));
        Assert.Equal(("federation.bundle-forced", "uid:0"), (forced.Audit[0].Action, forced.Audit[0].Actor));
        Assert.StartsWith("restored from a backup: sequence 5 became 4", forced.Audit[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unchanged_bundle_is_no_change_and_a_check_is_written_without_audit()
    {
        var (stored, offer) = Offered(Document(1, _root), Document(1, _root));
        Assert.IsType<FederationPlan.Nothing>(FederationPlanner.Accept(stored, offer, Peers.Read(Document(1, _root)), Now));
        var check = Assert.IsType<FederationPlan.Planned>(FederationPlanner.Check(stored, Peers.Other, Now.AddHours(1)));
        Assert.Equal((Now.AddHours(1), 0), (check.Peer.CheckedAt!.Value, check.Audit.Count));
        Assert.Equal(FederationRefusal.NotFound, Refusal(FederationPlanner.Check(StoredFederation.None, Peers.Other, Now)));
    }

    [Fact]
    public void Reasons_are_bounded()
    {
        var planned = Assert.IsType<FederationPlan.Planned>(
            Add(StoredFederation.None, Peers.Order(Peers.Web()) with { Reason = new string('x', 100_000) }));
        Assert.True(planned.Audit[0].Detail.Length < 1_024);
    }

    private static (StoredFederation Stored, BundleOffer Offer) Offered(byte[] held, byte[] fetched)
    {
        var relationship = Peers.Spiffe();
        return (
            Peers.With(StoredFederation.None, Peers.Order(relationship, held)),
            new BundleOffer(relationship, fetched, Peers.Read(fetched), "system", AcceptsRollback: false, ""));
    }

    private static FederationPlan Add(StoredFederation stored, FederationOrder order) => FederationPlanner.Add(stored, order, Peers.OwnDomains, Now);

    private static FederationPlan Invite(StoredFederation stored, TrustDomain name) =>
        FederationPlanner.Invite(stored, name, Peers.OwnDomains, "hash", "uid:0", "", Now);

    private static FederationRefusal Refusal(FederationPlan plan) => Assert.IsType<FederationPlan.Refused>(plan).Reason;

    private static byte[] Document(ulong sequence, TestAuthority authority) => Peers.Document("other.org", sequence, null, authority);
}
