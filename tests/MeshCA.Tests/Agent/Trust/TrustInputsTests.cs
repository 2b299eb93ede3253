using System.Collections.Immutable;
using MeshCA.Agent.Trust;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class TrustInputsTests : IDisposable
{
    private static readonly TrustDomain Domain = TrustDomain.Parse("cluster.local");
    private static readonly TrustDomain West = TrustDomain.Parse("west.example");
    private readonly TestAuthority _one = TestAuthority.CreateRoot(name: "one");
    private readonly TestAuthority _two = TestAuthority.CreateRoot(name: "two");
    private readonly TestAuthority _three = TestAuthority.CreateRoot(name: "three");

    private static TrustInputs Nothing => new(Domain);

    [Fact]
    public void Nothing_is_trusted_while_nothing_is_known() => Assert.Null(Nothing.Merge());

    [Fact]
    public void Without_a_stream_all_that_svids_came_with_counts_and_the_file_of_the_same_authority()
    {
        var merged = Nothing.Answer("a", Bundle(_one), Bundle(_three)).Answer("b", Bundle(_one, _two), Bundle(_three)).Merge();

        Assert.Equal(Roots(_one, _two, _three), RootsOf(merged));
        Assert.Null(merged!.Sequence);
    }

    // ADR 0010: what holds for the own trust domain holds for those that share its authorities, at every moment.
    [Fact]
    public void Trust_domains_of_the_same_authorities_have_the_own_bundle_under_their_own_names()
    {
        var inputs = Nothing.Follow(Streamed(5, _one, _two), [], [West]);
        var west = Assert.Single(inputs.Federate(inputs.Merge()));
        Assert.Equal((West, West, 5UL), (west.Key, west.Value.TrustDomain, west.Value.Sequence));
        Assert.Equal(Roots(_one, _two), RootsOf(west.Value));

        // Also while the stream is closed and roots come with SVIDs.
        var closed = (inputs with { IsStreamOpen = false }).Answer("a", Bundle(_three), null);
        Assert.Equal(Roots(_one, _two, _three), RootsOf(closed.Federate(closed.Merge())[West]));

        // Taken out of the settings, it is trusted no longer.
        var without = closed.Follow(Streamed(6, _one), [], []);
        Assert.Empty(without.Federate(without.Merge()));
    }

    [Fact]
    public void No_other_authority_speaks_for_a_trust_domain_that_shares_ours()
    {
        var foreign = new TrustBundle(X509Bundle.TryCreate(West, [_three.Certificate], out var x509, out _) ? x509 : throw new InvalidOperationException());
        var inputs = Nothing with { Foreign = ImmutableDictionary<TrustDomain, TrustBundle>.Empty.Add(West, foreign), Shared = [West] };
        Assert.Empty(inputs.Federate(inputs.Merge())); // nothing of ours is known: nothing is trusted for it
        inputs = inputs.Follow(Streamed(5, _one), [], [West]);
        Assert.Equal(Roots(_one), RootsOf(inputs.Federate(inputs.Merge())[West]));
        inputs = inputs.Follow(Streamed(6, _one), [], []);
        Assert.Same(foreign, inputs.Federate(inputs.Merge())[West]);
    }

    [Fact]
    public void A_later_answer_of_an_entry_takes_the_place_of_the_earlier() =>
        Assert.Equal(Roots(_two), RootsOf(Nothing.Answer("a", Bundle(_one), null).Answer("a", Bundle(_two), null).Merge()));

    [Fact]
    public void The_stream_alone_counts_while_it_is_open()
    {
        var followed = Nothing.Answer("a", Bundle(_one), null).Follow(Streamed(5, _two), [], []).Answer("a", Bundle(_one), Bundle(_three));

        Assert.Equal(Roots(_two), RootsOf(followed.Merge()));
        Assert.Equal(5UL, followed.Merge()!.Sequence);
    }

    [Fact]
    public void After_it_closed_its_last_bundle_stays_and_answers_add_to_it_but_never_what_it_had_taken_out()
    {
        var closed = Nothing.Answer("a", Bundle(_one), null).Follow(Streamed(5, _two), [], []) with { IsStreamOpen = false };
        Assert.Equal(5UL, closed.Merge()!.Sequence);
        Assert.Equal(Roots(_two), RootsOf(closed.Merge()));

        var answered = closed.Answer("a", Bundle(_three), Bundle(_one));
        Assert.Equal(Roots(_two, _three), RootsOf(answered.Merge()));
        Assert.Null(answered.Merge()!.Sequence);
        Assert.Equal(Roots(_two), RootsOf(answered.Follow(Streamed(6, _two), [], []).Merge()));
    }

    [Fact]
    public void What_svids_came_with_while_the_stream_was_open_counts_for_nothing_after_it_either()
    {
        var closed = Nothing.Follow(Streamed(5, _two), [], []).Answer("a", Bundle(_one), Bundle(_three)) with { IsStreamOpen = false };

        Assert.Equal(Roots(_two), RootsOf(closed.Merge()));
        Assert.Equal(5UL, closed.Merge()!.Sequence);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        _three.Dispose();
    }

    private static X509Bundle Bundle(params TestAuthority[] roots) =>
        X509Bundle.TryCreate(Domain, [.. roots.Select(root => (ReadOnlyMemory<byte>)root.Certificate)], out var bundle, out var error)
            ? bundle
            : throw new InvalidOperationException($"{error}");

    private static TrustBundle Streamed(ulong sequence, params TestAuthority[] roots) => new(Bundle(roots), sequence);

    private static ImmutableSortedSet<string> Roots(params TestAuthority[] roots) => [.. roots.Select(root => Convert.ToHexString(root.Certificate))];

    private static ImmutableSortedSet<string> RootsOf(TrustBundle? bundle) => [.. bundle!.X509.Authorities.Select(root => Convert.ToHexString(root.Span))];
}
