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
