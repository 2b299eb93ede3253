using MeshCA.Authorities;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authorities;

public sealed class AuthorityChainsTests
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;

    // The old root's state, whether it is tainted, whether the cross-certificate has ended; in which chains it then stands.
    [Theory]
    [InlineData(nameof(AuthorityState.Old), false, false, true, true)]
    [InlineData(nameof(AuthorityState.Old), true, false, true, true)]
    [InlineData(nameof(AuthorityState.Old), false, true, false, false)]
    [InlineData(nameof(AuthorityState.Retired), false, false, false, true)]
    [InlineData(nameof(AuthorityState.Retired), false, true, false, false)]
    [InlineData(nameof(AuthorityState.Revoked), false, false, false, false)]
    public void A_cross_certificate_stands_in_chains_as_long_as_somebody_may_go_by_it(
        string old, bool isTainted, bool hasEnded, bool isAboveLeaves, bool isAboveServing)
    {
        var cross = CertificateOf(hasEnded ? Now - MeshAuthority.Settings.RootLifetime : Now);
        var set = new AuthoritySet(7, 5,
        [
            Record("a", AuthorityKind.Root, Enum.Parse<AuthorityState>(old), "a", cross) with { TaintedAt = isTainted ? Now : null },
            Record("b", AuthorityKind.Root, AuthorityState.Active, "b", cross),
            Record("b.a", AuthorityKind.Cross, AuthorityState.Active, "a", cross),
        ]);
        Assert.Equal(isAboveLeaves, AuthorityChains.Above(set, "b", Now).Any());
        Assert.Equal(isAboveServing, AuthorityChains.AboveServing(set, "b", Now).Any());
    }

    [Fact]
    public void Cross_certificates_of_a_root_come_newest_first_and_those_of_others_and_revoked_ones_never()
    {
        var (older, newer, revoked, others) = (CertificateOf(Now), CertificateOf(Now), CertificateOf(Now), CertificateOf(Now));
        var set = new AuthoritySet(7, 5,
        [
            Record("a", AuthorityKind.Root, AuthorityState.Old, "a", older),
            Record("b", AuthorityKind.Root, AuthorityState.Old, "b", older),
            Record("c", AuthorityKind.Root, AuthorityState.Active, "c", older),
            Record("c.a", AuthorityKind.Cross, AuthorityState.Active, "a", older),
            Record("c.b", AuthorityKind.Cross, AuthorityState.Active, "b", newer) with { CreatedAt = Now.AddDays(1) },
            Record("c.r", AuthorityKind.Cross, AuthorityState.Revoked, "a", revoked),
            Record("b.a", AuthorityKind.Cross, AuthorityState.Active, "a", others),
        ]);

        Assert.Equal([newer, older], AuthorityChains.Above(set, "c", Now));
        Assert.Equal([newer, older], AuthorityChains.AboveServing(set, "c", Now));
    }

    [Fact]
    public void Intermediates_of_before_come_newest_first_as_long_as_leaves_of_theirs_may_be_about()
    {
        var (first, second, gone, present) = (CertificateOf(Now), CertificateOf(Now), CertificateOf(Now), CertificateOf(Now));
        var set = new AuthoritySet(7, 5,
        [
            Record("a", AuthorityKind.Root, AuthorityState.Active, "a", CertificateOf(Now)),
            Record("a0", AuthorityKind.Intermediate, AuthorityState.Retired, "a", gone),
            Record("a1", AuthorityKind.Intermediate, AuthorityState.Old, "a", first),
            Record("a2", AuthorityKind.Intermediate, AuthorityState.Active, "a", second),
            Record("a3", AuthorityKind.Intermediate, AuthorityState.Active, "a", present),
            Record("a4", AuthorityKind.Intermediate, AuthorityState.Prepared, "a", gone),
        ]);

        Assert.Equal([second, first], AuthorityChains.Former(set, "a3"));
    }

    [Fact]
    public void Compromised_keys_are_told_as_long_as_anything_of_theirs_is_accepted()
    {
        var certificate = CertificateOf(Now);
        var set = new AuthoritySet(7, 5,
        [
            Record("a", AuthorityKind.Root, AuthorityState.Old, "a", certificate) with { TaintedAt = Now },
            Record("a1", AuthorityKind.Intermediate, AuthorityState.Old, "a", certificate) with { TaintedAt = Now },
            Record("b", AuthorityKind.Root, AuthorityState.Active, "b", certificate),
            Record("b1", AuthorityKind.Intermediate, AuthorityState.Active, "b", certificate),
            Record("k1", AuthorityKind.JwtKey, AuthorityState.Old, "k1", certificate) with { TaintedAt = Now },
            Record("k2", AuthorityKind.JwtKey, AuthorityState.Revoked, "k2", certificate) with { TaintedAt = Now },
            Record("b.a", AuthorityKind.Cross, AuthorityState.Active, "a", certificate) with { TaintedAt = Now },
            Record("r", AuthorityKind.Root, AuthorityState.Retired, "r", certificate) with { TaintedAt = Now },
        ]);

        Assert.Equal(["a", "a1", "k1"], AuthorityChains.Tainted(set, _ => false));
        Assert.Equal(["a", "a1", "b1", "k1"], AuthorityChains.Tainted(set, id => id is "b1" or "r"));
    }

    private static ReadOnlyMemory<byte> CertificateOf(DateTimeOffset created)
    {
        using var root = MeshAuthority.Root(created);
        return root.Certificate;
    }

    private static AuthorityRecord Record(
        string id, AuthorityKind kind, AuthorityState state, string issuer, ReadOnlyMemory<byte> certificate) => new()
        {
            Id = id,
            Kind = kind,
            State = state,
            Issuer = issuer,
            Certificate = certificate,
            CreatedAt = Now,
        };
}
