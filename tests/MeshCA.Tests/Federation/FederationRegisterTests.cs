using MeshCA.Federation;
using MeshCA.Issuance;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Federation;

public sealed class FederationRegisterTests : IDisposable
{
    private readonly MemoryStore _store = new();
    private readonly FederationRegister _register;

    public FederationRegisterTests() => _register = new(_store);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _register.Dispose();

    [Fact]
    public async Task A_change_is_stored_with_its_audit_and_then_in_force_and_wakes_who_waits()
    {
        var waiting = _register.WaitForAsync(1, Cancellation).AsTask();
        await AddAsync("a.org");
        Assert.Equal((1, 1), ((int)(await waiting).Revision, (int)_store.Federation.Revision));
        Assert.Equal("federation.added", Assert.Single(_store.Audit).Action);
    }

    [Fact]
    public async Task What_the_store_does_not_take_is_not_in_force_and_the_next_change_goes_on_from_what_is_stored()
    {
        await AddAsync("a.org");
        _store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => AddAsync("b.org"));
        Assert.Single(_register.Current.Peers);
        _store.Fails = false;
        await AddAsync("b.org");
        Assert.Equal(["a.org", "b.org"], _register.Current.Peers.Select(known => known.Peer.TrustDomain.Name));
    }

    [Fact]
    public async Task What_is_refused_changes_nothing()
    {
        await AddAsync("a.org");
        Assert.IsType<FederationPlan.Refused>(await AddAsync("a.org"));
        Assert.Equal(1, _store.Federation.Revision);
    }

    [Fact]
    public async Task A_restart_finds_what_was_there()
    {
        await AddAsync("a.org");
        using var again = new FederationRegister(_store);
        Assert.Empty(again.Current.Peers);
        await again.LoadAsync(Cancellation);
        Assert.Single(again.Current.Peers);
    }

    private Task<FederationPlan> AddAsync(string name) => _register.ChangeAsync(
        stored => FederationPlanner.Add(stored, Peers.Order(Peers.Web(name)), Peers.OwnDomains, StoreSamples.Now), Cancellation);
}
