using MeshCA.Federation;
using MeshCA.Registration;
using MeshCA.Rpc.Bundles;
using MeshCA.Tests.Federation;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Bundles;

public sealed class FederatedPushesTests : IDisposable
{
    private static readonly SpiffeId Cart = SpiffeId.Parse("spiffe://cluster.local/ns/shop/sa/cart");

    private readonly FederationRegister _register = new(new MemoryStore());
    private readonly FederatedPushes _pushes;
    private readonly TestAuthority _root = TestAuthority.CreateRoot();

    public FederatedPushesTests() => _pushes = new(_register, Peers.OwnDomains);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _register.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task That_there_is_none_is_a_state_too()
    {
        var message = Assert.Single((await _pushes.For(Cart).WaitForOtherAsync(null, Cancellation)).Messages);
        Assert.Empty(message.Federated.Bundles);
        Assert.False(message.Federated.More);
    }

    [Fact]
    public async Task A_bundle_that_comes_wakes_who_waits_and_one_for_others_does_not()
    {
        var view = _pushes.For(Cart);
        var none = await view.WaitForOtherAsync(null, Cancellation);
        var next = view.WaitForOtherAsync(none, Cancellation);
        await AddAsync("a.org", "spiffe://cluster.local/ns/other");
        Assert.False(next.IsCompleted);
        await AddAsync("b.org", "spiffe://cluster.local/ns/shop");
        var bundle = Assert.Single(Assert.Single((await next).Messages).Federated.Bundles);
        Assert.Equal(("b.org", 7UL, 1), (bundle.TrustDomain, bundle.Sequence, bundle.X509Authorities.Count));
        Assert.Equal(_root.Certificate, bundle.X509Authorities[0].ToByteArray());
        Assert.Equal(TimeSpan.FromMinutes(2), bundle.RefreshHint.ToTimeSpan());
    }

    [Fact]
    public async Task A_peer_without_a_bundle_is_not_sent()
    {
        await _register.ChangeAsync(stored => FederationPlanner.Add(stored, Peers.Order(Peers.Web("a.org")), Peers.OwnDomains, StoreSamples.Now), Cancellation);
        Assert.Empty(Assert.Single((await _pushes.For(Cart).WaitForOtherAsync(null, Cancellation)).Messages).Federated.Bundles);
    }

    // ADR 0010: a name that our own roots speak for gets no roots of others, whichever came first.
    [Fact]
    public async Task A_federated_domain_that_settings_gave_to_a_cluster_since_is_handed_to_nobody()
    {
        await AddAsync("a.org", "spiffe://cluster.local");
        var own = PermittedTrustDomains.Of(Peers.Own, [new ClusterTrustDomain("west", TrustDomain.Parse("a.org"))]);
        var messages = (await new FederatedPushes(_register, own).For(Cart).WaitForOtherAsync(null, Cancellation)).Messages;
        Assert.Empty(Assert.Single(messages).Federated.Bundles);
        Assert.Single((await _pushes.For(Cart).WaitForOtherAsync(null, Cancellation)).Messages[0].Federated.Bundles);
    }

    [Fact]
    public void Many_bundles_come_in_parts_that_any_client_can_take()
    {
        var bundles = Enumerable.Range(0, FederationPlanner.MaxPeers)
            .Select(i => Peers.Read(Peers.Document($"d{i}.org", 1, null, [.. Enumerable.Repeat(_root, 1)]), $"d{i}.org"))
            .ToList();
        var messages = FederatedMessages.Of([.. bundles.SelectMany(bundle => Enumerable.Repeat(bundle, 8))]);
        Assert.True(messages.Count > 1);
        Assert.All(messages, message => Assert.True(message.CalculateSize() <= FederatedMessages.MaxPart));
        Assert.Equal([.. Enumerable.Repeat(true, messages.Count - 1), false], messages.Select(message => message.Federated.More));
        Assert.Equal(bundles.Count * 8, messages.Sum(message => message.Federated.Bundles.Count));
    }

    private async Task AddAsync(string name, string prefix)
    {
        Assert.True(SpiffeIdPrefix.TryParse(prefix, out var identities, out _));
        var order = Peers.Order(Peers.Spiffe(name), Peers.Document(name, 7, TimeSpan.FromMinutes(2), _root)) with { Identities = [identities] };
        await _register.ChangeAsync(stored => FederationPlanner.Add(stored, order, Peers.OwnDomains, StoreSamples.Now), Cancellation);
    }
}
