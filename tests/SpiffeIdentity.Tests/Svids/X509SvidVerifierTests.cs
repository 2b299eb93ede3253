using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.Tests.Svids;

/// <summary>An answer that is the same object was remembered; another object was worked out again.</summary>
public sealed class X509SvidVerifierTests : IDisposable
{
    private const string Id = "spiffe://example.org/ns/a/sa/b";
    private static readonly DateTimeOffset Now = TestAuthority.Now;

    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _intermediate;
    private readonly BundleSet _bundles;
    private readonly X509SvidVerifier _verifier = new();

    public X509SvidVerifierTests()
    {
        _intermediate = _root.CreateIntermediate();
        _bundles = BundlesOf(_root.Certificate);
    }

    public void Dispose()
    {
        _intermediate.Dispose();
        _root.Dispose();
    }

    [Fact]
    public void A_chain_that_was_good_is_remembered_whoever_brings_its_bytes()
    {
        var leaf = _intermediate.IssueLeaf(Id);
        var first = Accepted(Verify(_bundles, Now, leaf, _intermediate.Certificate));
        Assert.Equal(Id, first.Svid.Id.ToString());
        Assert.Same(first, Verify(_bundles, Now, [.. leaf], [.. _intermediate.Certificate]));
    }

    [Fact]
    public void What_was_remembered_ends_with_the_first_certificate_of_its_path()
    {
        var leaf = _intermediate.IssueLeaf(Id, shape => shape with { NotBefore = Now.AddHours(-1), NotAfter = Now.AddHours(2) });
        using var brief = _root.CreateIntermediate(shape => shape with { NotBefore = Now.AddMinutes(-1), NotAfter = Now.AddMinutes(1) });
        var briefLeaf = brief.IssueLeaf(Id, shape => shape with { NotBefore = Now.AddHours(-1), NotAfter = Now.AddHours(2) });
        Accepted(Verify(_bundles, Now, briefLeaf, brief.Certificate));
        Accepted(Verify(_bundles, Now.AddMinutes(1), briefLeaf, brief.Certificate));
        Assert.Equal(X509SvidError.Expired, Error(Verify(_bundles, Now.AddMinutes(1).AddSeconds(1), briefLeaf, brief.Certificate)));
        Assert.Equal(X509SvidError.NotYetValid, Error(Verify(_bundles, Now.AddMinutes(-1).AddSeconds(-1), briefLeaf, brief.Certificate)));
        Accepted(Verify(_bundles, Now.AddHours(1), leaf, _intermediate.Certificate));
        Assert.Equal(X509SvidError.Expired, Error(Verify(_bundles, Now.AddHours(3), leaf, _intermediate.Certificate)));
    }

    [Fact]
    public void A_bundle_that_lost_the_authority_refuses_at_once_what_was_good()
    {
        using var next = TestAuthority.CreateRoot(name: "next");
        var leaf = _intermediate.IssueLeaf(Id);
        var first = Accepted(Verify(_bundles, Now, leaf, _intermediate.Certificate));
        Assert.Equal(X509SvidError.NoPathToBundle, Error(Verify(BundlesOf(next.Certificate), Now, leaf, _intermediate.Certificate)));
        Assert.Equal(X509SvidError.EmptyBundle, Error(Verify(BundleSet.Of(TrustBundle.Empty(TrustDomain.Parse("example.org"))), Now, leaf, _intermediate.Certificate)));
        Assert.Equal(X509SvidError.NoBundle, Error(Verify(BundleSet.Empty, Now, leaf, _intermediate.Certificate)));

        // The same authorities once more are the same revision, whoever made the object.
        Assert.Same(first, Verify(BundlesOf(_root.Certificate), Now, leaf, _intermediate.Certificate));
        Assert.NotSame(first, Accepted(Verify(BundlesOf(_root.Certificate, next.Certificate), Now, leaf, _intermediate.Certificate)));
    }

    [Fact]
    public void Another_chain_under_a_leaf_that_was_good_is_looked_at_anew()
    {
        using var stranger = TestAuthority.CreateRoot(name: "stranger");
        var leaf = _intermediate.IssueLeaf(Id);
        Accepted(Verify(_bundles, Now, leaf, _intermediate.Certificate));
        Assert.Equal(X509SvidError.NoPathToBundle, Error(Verify(_bundles, Now, leaf)));
        Assert.Equal(X509SvidError.NoPathToBundle, Error(Verify(_bundles, Now, leaf, stranger.Certificate)));
        Assert.Equal(X509SvidError.NotAnAuthority, Error(Verify(_bundles, Now, leaf, _intermediate.Certificate, stranger.IssueLeaf(Id))));

        // The same bytes cut at another place are not the same chain.
        Assert.Equal(X509SvidError.MalformedCertificate, Error(Verify(_bundles, Now, [.. leaf, .. _intermediate.Certificate])));
        Assert.Equal(X509SvidError.MalformedCertificate, Error(Verify(_bundles, Now, leaf, [.. _intermediate.Certificate, 0])));
    }

    [Fact]
    public void Only_a_path_as_it_is_is_remembered_so_that_no_peer_can_fill_the_memory()
    {
        using var stranger = TestAuthority.CreateRoot(name: "stranger");
        var leaf = _intermediate.IssueLeaf(Id);
        byte[][][] remembered = [[leaf, _intermediate.Certificate], [leaf, _intermediate.Certificate, _root.Certificate]];
        byte[][][] notRemembered =
        [
            [leaf, _root.Certificate, _intermediate.Certificate],
            [leaf, _intermediate.Certificate, stranger.Certificate],
            [leaf, _intermediate.Certificate, leaf],
            [leaf, _intermediate.Certificate, _root.Certificate, _root.Certificate, _root.Certificate],
        ];
        Assert.All(remembered, chain => Assert.Same(Accepted(Verify(_bundles, Now, chain)), Verify(_bundles, Now, chain)));
        Assert.All(notRemembered, chain => Assert.NotSame(Accepted(Verify(_bundles, Now, chain)), Verify(_bundles, Now, chain)));
    }

    [Fact]
    public void What_was_refused_is_not_remembered_and_costs_nobody_his_place()
    {
        var verifier = new X509SvidVerifier(capacity: 4);
        var leaf = _intermediate.IssueLeaf(Id);
        var good = verifier.Verify([leaf, _intermediate.Certificate], _bundles, Now);
        for (var i = 0; i < 20; i++)
        {
            var bad = (byte[])leaf.Clone();
            bad[^1] ^= (byte)(i + 1);
            Assert.NotEqual(X509SvidError.None, Error(verifier.Verify([bad, _intermediate.Certificate], _bundles, Now)));
        }

        Assert.Same(good, verifier.Verify([leaf, _intermediate.Certificate], _bundles, Now));
    }

    [Fact]
    public void More_chains_than_there_is_room_for_are_verified_again_and_right()
    {
        var verifier = new X509SvidVerifier(capacity: 4);
        var leaves = Enumerable.Range(0, 10).Select(_ => _intermediate.IssueLeaf(Id)).ToArray();
        foreach (var leaf in leaves.Concat(leaves))
        {
            Accepted(verifier.Verify([leaf, _intermediate.Certificate], _bundles, Now));
        }
    }

    [Fact]
    public void An_authority_seen_before_is_not_trusted_below_another_anchor()
    {
        // Its signature was checked below the first root; below the second there is none.
        using var second = _root.Impersonate();
        Accepted(Verify(_bundles, Now, _intermediate.IssueLeaf(Id), _intermediate.Certificate));
        Assert.Equal(
            X509SvidError.BadSignature,
            Error(Verify(BundlesOf(second.Certificate), Now, _intermediate.IssueLeaf(Id), _intermediate.Certificate)));
    }

    [Fact]
    public void One_verifier_serves_many_at_once()
    {
        var chains = Enumerable.Range(0, 8).Select(_ => (byte[][])[_intermediate.IssueLeaf(Id), _intermediate.Certificate]).ToArray();
        var verifier = new X509SvidVerifier(capacity: 6);
        var refused = 0;
        System.Threading.Tasks.Parallel.For(0, 400, new System.Threading.Tasks.ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            var verdict = verifier.Verify([.. chains[i % 8].Select(der => (ReadOnlyMemory<byte>)der)], _bundles, Now);
            Interlocked.Add(ref refused, verdict is X509SvidVerification.Accepted ? 0 : 1);
        });
        Assert.Equal(0, refused);
    }

    [Fact]
    public void No_mutation_of_a_chain_is_accepted_and_none_throws()
    {
        var leaf = _intermediate.IssueLeaf(Id);
        Accepted(Verify(_bundles, Now, leaf, _intermediate.Certificate));
        Prop.ForAll(Gens.Mutations(leaf).ToArbitrary(), mutated =>
            mutated.AsSpan().SequenceEqual(leaf) || Verify(_bundles, Now, mutated, _intermediate.Certificate) is X509SvidVerification.Refused)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
        Prop.ForAll(Gens.Mutations(_intermediate.Certificate).ToArbitrary(), mutated =>
            mutated.AsSpan().SequenceEqual(_intermediate.Certificate) || Verify(_bundles, Now, leaf, mutated) is X509SvidVerification.Refused)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void A_chain_seen_before_costs_no_memory()
    {
        ReadOnlyMemory<byte>[] chain = [_intermediate.IssueLeaf(Id), _intermediate.Certificate];
        _verifier.Verify(chain, _bundles, Now);
        _verifier.Verify(chain, _bundles, Now);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _verifier.Verify(chain, _bundles, Now);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Chains_beyond_the_limits_are_not_looked_at()
    {
        Assert.Equal(X509SvidError.Empty, Error(Verify(_bundles, Now)));
        Assert.Equal(X509SvidError.TooLarge, Error(Verify(_bundles, Now, [.. Enumerable.Repeat(_root.Certificate, X509Svid.MaxCertificates + 1)])));
        Assert.Equal(X509SvidError.TooLarge, Error(Verify(_bundles, Now, new byte[X509Svid.MaxCertificateLength + 1])));
        Assert.Equal(X509SvidError.MalformedCertificate, Error(Verify(_bundles, Now, new byte[X509Svid.MaxCertificateLength])));
    }

    private static BundleSet BundlesOf(params byte[][] authorities) =>
        BundleSet.Of(new TrustBundle(Spec.X509SvidSpecTests.BundleOf("example.org", authorities)));

    private static X509SvidVerification.Accepted Accepted(X509SvidVerification verdict) =>
        Assert.IsType<X509SvidVerification.Accepted>(verdict);

    private static X509SvidError Error(X509SvidVerification verdict) => Assert.IsType<X509SvidVerification.Refused>(verdict).Error;

    private X509SvidVerification Verify(BundleSet bundles, DateTimeOffset now, params byte[][] chain) =>
        _verifier.Verify([.. chain.Select(der => (ReadOnlyMemory<byte>)der)], bundles, now);
}
