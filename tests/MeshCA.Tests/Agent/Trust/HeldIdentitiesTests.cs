using System.Collections.Immutable;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Trust;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class HeldIdentitiesTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    private static readonly RegistrationEntry A = SampleIdentities.Entry("a", Web);
    private static readonly RegistrationEntry B = SampleIdentities.Entry("b", Cart);

    private readonly SampleIdentities _one = new(name: "one");
    private readonly SampleIdentities _two = new(name: "two");
    private readonly AgentStateStore _store = new();
    private readonly HeldIdentities _identities;
    private int _announced;

    public HeldIdentitiesTests()
    {
        _identities = new HeldIdentities(_store, _one.Domain, TimeProvider.System);
        _identities.TrustChanged += () => _announced++;
        _identities.Register([A, B]);
    }

    [Fact]
    public void An_svid_that_does_not_verify_to_the_bundle_in_use_is_not_taken()
    {
        _identities.Follow(_two.Bundle, [], []);
        var before = _store.Current;

        Assert.Contains("does not verify", _identities.Hold(_one.Hold(A, Web), _one.Bundle.X509, file: null), StringComparison.Ordinal);
        Assert.Same(before, _store.Current);
    }

    [Fact]
    public void An_svid_whose_entry_went_meanwhile_is_not_taken()
    {
        _identities.Register([B]);

        Assert.Equal("its entry is gone", _identities.Hold(_one.Hold(A, Web), _one.Bundle.X509, file: null));
        Assert.Empty(_store.Current.Svids);
        Assert.Null(_store.Current.Bundle);
    }

    [Fact]
    public void Svids_stand_in_the_order_of_their_entries_and_not_of_their_coming()
    {
        Hold(_one, B, Cart);
        Hold(_one, A, Web);
        Assert.Equal(["a", "b"], Names);

        Hold(_one, B, Cart);
        Hold(_one, A, Web);
        Assert.Equal(["a", "b"], Names);

        _identities.Register([B, A]);
        Assert.Equal(["b", "a"], Names);
    }

    [Fact]
    public void Roots_that_come_with_an_svid_are_told_where_they_are_new_and_not_again()
    {
        Hold(_one, A, Web);
        Assert.Equal((1, 1L), (_announced, _identities.TrustRevision));

        Hold(_one, A, Web);
        Assert.Equal((1, 1L), (_announced, _identities.TrustRevision));

        Hold(_two, B, Cart);
        Assert.Equal((2, 2L), (_announced, _identities.TrustRevision));
    }

    [Fact]
    public void A_bundle_of_the_stream_is_always_told_since_a_key_may_be_tainted_under_the_same_roots()
    {
        var first = _identities.Follow(_one.Bundle, [], []);
        var second = _identities.Follow(first.Bundle!, ["k1"], []);

        Assert.Same(first, second);
        Assert.Equal((2, 2L), (_announced, _identities.TrustRevision));
        Assert.Contains("k1", _identities.Trust.Tainted);
    }

    [Fact]
    public void The_roots_of_an_entry_that_is_gone_count_no_more()
    {
        Hold(_one, A, Web);
        Hold(_two, B, Cart);
        Assert.Equal(2, Roots.Count);

        _identities.Register([B]);
        Hold(_two, B, Cart);
        Assert.Equal([Convert.ToHexString(_two.Root)], Roots);
    }

    [Fact]
    public void Once_the_stream_closed_what_svids_come_with_counts_again()
    {
        _identities.Follow(_two.Bundle, [], []);
        _identities.StreamClosed();
        Hold(_one, A, Web);

        Assert.Equal(2, Roots.Count);
    }

    [Fact]
    public void Bans_are_told_of_and_what_an_entry_had_last_is_known_when_its_svid_has_ended()
    {
        var any = SampleIdentities.Entry("a");
        var told = 0;
        _identities.BansChanged += () => told++;
        _identities.Register([any]);
        Hold(_one, any, Web);
        _identities.Revoke([], SampleIdentities.Banned(Cart, Web));
        Assert.Equal((1, 2L), (told, _identities.BanOf(any)!.Number));
        _identities.Withdraw("a");
        Assert.Equal(2, _identities.BanOf(any)!.Number);

        // Another token may be of another identity.
        _identities.Forget("a");
        Assert.Null(_identities.BanOf(any));
        Hold(_one, any, Web);
        _identities.Register([]);
        Assert.Empty(_store.Current.LastIds);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    private IEnumerable<string> Names => _store.Current.Svids.Select(svid => svid.Entry.Name);

    private ImmutableSortedSet<string> Roots => [.. _store.Current.Bundle!.X509.Authorities.Select(root => Convert.ToHexString(root.Span))];

    private void Hold(SampleIdentities authority, RegistrationEntry entry, string id) =>
        Assert.Null(_identities.Hold(authority.Hold(entry, id), authority.Bundle.X509, file: null));
}
