using System.Collections.Immutable;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Views;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Views;

public sealed class FittingIdentitiesTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";

    private readonly SampleIdentities _own = new();
    private readonly HeldSvid _held;

    public FittingIdentitiesTests() => _held = _own.Hold(SampleIdentities.Entry("web"), Web);

    public void Dispose() => _own.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(FittingIdentities.Usual, FittingIdentities.Usual)]
    [InlineData(FittingIdentities.Usual + 1, FittingIdentities.Usual)]
    [InlineData(1_024, FittingIdentities.Usual)]
    public void So_many_fit_and_they_are_the_first_ones(int held, int taken)
    {
        var fitting = FittingIdentities.Of(View(held));
        Assert.Equal(Names(0, taken), fitting.Taken.Select(identity => identity.Entry.Name));
        Assert.Equal(Names(taken, held - taken), fitting.LeftOut.Select(identity => identity.Entry.Name));
    }

    [Fact]
    public void A_renewal_or_a_second_root_does_not_move_the_end()
    {
        using var second = new SampleIdentities();
        Assert.True(X509Bundle.TryCreate(_own.Domain, [_own.Root, second.Root], out var both, out _));
        var rotating = View(700, state => state with { Bundle = new TrustBundle(both) });
        Assert.Equal(FittingIdentities.Usual, FittingIdentities.Of(rotating).Taken.Length);

        var renewed = new AgentState[]
        {
            _own.State(1), _own.State(2, _own.Hold(_held.Entry, Web)), _own.State(3, _own.Hold(_held.Entry, "spiffe://cluster.local/ns/shop/sa/another-name")),
        };
        Assert.All(renewed[1..], state => Assert.Equal(FittingIdentities.Usual, FittingIdentities.Of(View(700, _ => state, state.Svids[0])).Taken.Length));
    }

    [Fact]
    public void Larger_ones_count_as_what_they_are_and_nothing_comes_behind_one_that_does_not_fit()
    {
        var large = View(700, state => state with { Bundle = SampleIdentities.Large("cluster.local", 2 * FittingIdentities.Slot) });
        Assert.InRange(FittingIdentities.Of(large).Taken.Length, FittingIdentities.Usual / 4, (FittingIdentities.Usual / 2) - 1);

        // Of 400 with a hint of 1,024 bytes the end is the same, wherever the small ones stand.
        var hinted = Entries(700).Select((entry, i) => i < 400 ? entry with { Hint = new string('h', 1_024) } : entry).ToImmutableArray();
        var fitting = FittingIdentities.Of(ViewOf(hinted, state => state with { Bundle = SampleIdentities.Large("cluster.local", FittingIdentities.Slot) }, _held));
        Assert.Equal(Names(0, fitting.Taken.Length), fitting.Taken.Select(identity => identity.Entry.Name));
    }

    [Fact]
    public void The_default_is_never_left_out()
    {
        var fitting = FittingIdentities.Of(View(3, state => state with { Bundle = SampleIdentities.Large("cluster.local", 3 * 1024 * 1024) }));
        Assert.Equal(("e0000", 2, 0), (Assert.Single(fitting.Taken).Entry.Name, fitting.LeftOut.Length, fitting.Room));
    }

    [Theory]
    [InlineData(1, FittingBundles.MaxX509)]
    [InlineData(112, FittingBundles.MaxX509)]
    [InlineData(113, FittingBundles.MaxX509 - FittingIdentities.Slot)]
    [InlineData(FittingIdentities.Usual, 512 * 1024)]
    [InlineData(1_024, 512 * 1024)]
    public void What_they_take_other_trust_domains_lack_but_for_a_rest(int held, int room) => Assert.Equal(room, FittingIdentities.Of(View(held)).Room);

    [Fact]
    public void An_entry_that_has_no_svid_now_keeps_its_place_so_that_nobody_takes_it_meanwhile()
    {
        var entries = Entries(700);
        var state = _own.State(1, [.. entries.Skip(100).Select(entry => _held with { Entry = entry })]);
        var fitting = FittingIdentities.Of(new(state, new EntrySelection(entries)));
        Assert.Equal(Names(100, FittingIdentities.Usual - 100), fitting.Taken.Select(identity => identity.Entry.Name));
        Assert.Equal(700 - FittingIdentities.Usual, fitting.LeftOut.Length);

        // Only what is beyond the end is there: better one of it than none.
        var rest = _own.State(2, [.. entries.Skip(650).Select(entry => _held with { Entry = entry })]);
        Assert.Equal("e0650", Assert.Single(FittingIdentities.Of(new(rest, new EntrySelection(entries))).Taken).Entry.Name);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(2_000)]
    public void Two_roots_count_as_one_where_both_fill_the_same_slots(int growth)
    {
        var one = View(700, state => state with { Bundle = SampleIdentities.Large("cluster.local", FittingIdentities.Slot) });
        var two = View(700, state => state with { Bundle = SampleIdentities.Large("cluster.local", FittingIdentities.Slot + growth) });
        Assert.Equal(FittingIdentities.Of(one).Taken.Length, FittingIdentities.Of(two).Taken.Length);
    }

    private static ImmutableArray<RegistrationEntry> Entries(int count) =>
        [.. Enumerable.Range(0, count).Select(i => SampleIdentities.Entry($"e{i:d4}"))];

    private static IEnumerable<string> Names(int first, int count) => Enumerable.Range(first, count).Select(i => $"e{i:d4}");

    private WorkloadView View(int count, Func<AgentState, AgentState>? change = null, HeldSvid? held = null) =>
        ViewOf(Entries(count), change ?? (state => state), held ?? _held);

    private WorkloadView ViewOf(ImmutableArray<RegistrationEntry> entries, Func<AgentState, AgentState> change, HeldSvid held) => new(
        change(_own.State(1)) with { Svids = [.. entries.Select(entry => held with { Entry = entry })] }, new EntrySelection(entries));
}
