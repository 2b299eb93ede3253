using MeshCA.Agent.Registration;
using MeshCA.Agent.Views;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Views;

public sealed class WorkloadViewTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";

    private readonly SampleIdentities _own = new();
    private readonly RegistrationEntry _entry = SampleIdentities.Entry("web", Web);

    public void Dispose() => _own.Dispose();

    [Fact]
    public void Nobody_has_what_no_entry_admits_him_to() =>
        Assert.Equal(WorkloadStanding.Never, new WorkloadView(_own.State(1, _own.Hold(_entry, Web)), new EntrySelection([])).Standing);

    [Fact]
    public void Without_svid_or_roots_a_caller_waits()
    {
        Assert.Equal(WorkloadStanding.NotYet, Of(_own.State(1)).Standing);
        Assert.Equal(WorkloadStanding.NotYet, Of(_own.State(1, _own.Hold(_entry, Web)) with { Bundle = null }).Standing);
        Assert.Equal(
            WorkloadStanding.NotYet, Of(_own.State(1, _own.Hold(_entry, Web)) with { Bundle = TrustBundle.Empty(_own.Domain) }).Standing);
    }

    [Fact]
    public void An_svid_of_another_trust_domain_than_the_bundles_is_not_handed_out()
    {
        using var other = new SampleIdentities("other.example");
        Assert.Empty(Of(_own.State(1, other.Hold(_entry, "spiffe://other.example/x"))).Identities);
    }

    [Fact]
    public void What_was_got_for_an_entry_that_asked_for_something_else_is_not_handed_out()
    {
        var held = _own.Hold(_entry with { TokenFile = "/of/before" }, Web);
        Assert.Empty(Of(_own.State(1, held)).Identities);
    }

    [Fact]
    public void The_hint_is_the_one_in_force_and_not_the_one_of_when_the_svid_came()
    {
        var view = new WorkloadView(_own.State(1, _own.Hold(_entry, Web)), new EntrySelection([_entry with { Hint = "new" }]));
        Assert.Equal("new", view.Identities[0].Entry.Hint);
    }

    [Fact]
    public void What_is_made_of_a_view_is_made_once()
    {
        var view = Of(_own.State(1));
        var count = 0;
        object Make(WorkloadView _)
        {
            count++;
            return new();
        }

        Assert.Same(view.Once("a", Make), view.Once("a", Make));
        Assert.NotSame(view.Once("a", Make), view.Once("b", Make));
        Assert.Equal(2, count);
    }

    // Issue 4 §4.
    [Fact]
    public void What_is_banned_is_handed_out_to_nobody_and_whoever_has_nothing_else_is_told_so()
    {
        var other = SampleIdentities.Entry("cart", "spiffe://cluster.local/ns/shop/sa/cart");
        var state = _own.State(1, _own.Hold(_entry, Web), _own.Hold(other, other.Id!.ToString())) with { Bans = SampleIdentities.Banned(Web) };
        var both = new WorkloadView(state, new EntrySelection([_entry, other]));
        Assert.Equal((WorkloadStanding.Ready, "cart"), (both.Standing, Assert.Single(both.Identities).Entry.Name));
        Assert.Equal((1, null), (both.BanOf(_entry.Id!)?.Number, both.BanOf(other.Id!)));

        Assert.Equal((WorkloadStanding.Banned, 0), (Of(state).Standing, Of(state).Identities.Length));
        Assert.Equal(1, Assert.Single(Of(state).Bans).Number);

        // Bundles are nobody's secret, and others are verified by them.
        Assert.Equal(WorkloadStanding.Ready, Of(state).StandingForBundles(isForEverybody: false));
        Assert.Null(new WorkloadView(state, new EntrySelection([other])).BanOf(_entry.Id!)); // not its own
        Assert.Equal(WorkloadStanding.NotYet, new WorkloadView(
            _own.State(1) with { Bans = SampleIdentities.Banned(Web) }, new EntrySelection([_entry, other])).Standing);
        Assert.Equal(WorkloadStanding.Ready, Of(state with { Bans = MeshCA.Agent.Identities.HeldBans.None }).Standing);
    }

    [Fact]
    public void A_banned_entry_without_an_svid_or_an_id_of_its_own_is_known_by_what_it_had()
    {
        var entry = SampleIdentities.Entry("any");
        var state = _own.State(1) with { Bans = SampleIdentities.Banned(Web) };
        Assert.Equal(WorkloadStanding.NotYet, new WorkloadView(state, new EntrySelection([entry])).Standing);
        var known = state with { LastIds = state.LastIds.Add("any", SpiffeIdentity.SpiffeId.Parse(Web)) };
        Assert.Equal(WorkloadStanding.Banned, new WorkloadView(known, new EntrySelection([entry])).Standing);
    }

    private WorkloadView Of(MeshCA.Agent.Identities.AgentState state) => new(state, new EntrySelection([_entry]));
}
