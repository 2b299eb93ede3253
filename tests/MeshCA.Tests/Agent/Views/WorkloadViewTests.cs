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

    private WorkloadView Of(MeshCA.Agent.Identities.AgentState state) => new(state, new EntrySelection([_entry]));
}
