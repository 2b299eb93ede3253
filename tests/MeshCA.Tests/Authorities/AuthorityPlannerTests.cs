using MeshCA.Authorities;
using Xunit;

namespace MeshCA.Tests.Authorities;

public sealed class AuthorityPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Without_a_root_one_is_made() => Assert.IsType<AuthorityStep.CreateRoot>(AuthorityPlanner.Next([], Now));

    [Fact]
    public void A_root_alone_gets_an_intermediate() =>
        Assert.Equal(new AuthorityStep.CreateIntermediate("r"), AuthorityPlanner.Next([Root()], Now));

    [Theory]
    [InlineData(14, false)]
    [InlineData(15, true)]
    [InlineData(29, true)]
    [InlineData(31, true)]
    public void An_intermediate_is_renewed_at_half_of_its_life(int ageInDays, bool renewed)
    {
        var step = AuthorityPlanner.Next([Root(), Intermediate("i", AuthorityState.Active, ageInDays)], Now);
        Assert.Equal(renewed, step is AuthorityStep.CreateIntermediate);
    }

    [Fact]
    public void An_intermediate_that_ends_with_its_root_is_not_renewed_for_ever()
    {
        var root = new AuthorityLife("r", AuthorityKind.Root, AuthorityState.Active, "r", Now.AddYears(-10), Now.AddDays(1));
        var signer = new AuthorityLife("i", AuthorityKind.Intermediate, AuthorityState.Active, "r", Now.AddDays(-9), Now.AddDays(1));
        Assert.IsType<AuthorityStep.None>(AuthorityPlanner.Next([root, signer], Now));
    }

    [Fact]
    public void An_intermediate_of_another_root_is_replaced() =>
        Assert.IsType<AuthorityStep.CreateIntermediate>(
            AuthorityPlanner.Next([Root(), Intermediate("i", AuthorityState.Active, 1) with { Issuer = "elsewhere" }], Now));

    [Fact]
    public void A_revoked_signer_is_replaced_at_once_and_not_where_the_roots_key_is_elsewhere()
    {
        var revoked = Intermediate("i", AuthorityState.Active, 1) with { IsRevoked = true };

        Assert.Equal(new AuthorityStep.CreateIntermediate("r"), AuthorityPlanner.Next([Root(), revoked], Now));
        Assert.IsType<AuthorityStep.None>(AuthorityPlanner.Next([Root() with { HasKey = false }, revoked], Now));
    }

    [Theory]
    [InlineData(29, false)]
    [InlineData(31, true)]
    public void An_old_intermediate_is_retired_after_its_end_and_not_before(int ageInDays, bool retired)
    {
        AuthorityLife[] all =
            [Root(), Intermediate("old", AuthorityState.Old, ageInDays), Intermediate("new", AuthorityState.Active, 1)];
        Assert.Equal(retired ? new AuthorityStep.Retire("old") : new AuthorityStep.None(), AuthorityPlanner.Next(all, Now));
    }

    private static AuthorityLife Root() =>
        new("r", AuthorityKind.Root, AuthorityState.Active, "r", Now.AddYears(-1), Now.AddYears(9));

    private static AuthorityLife Intermediate(string id, AuthorityState state, int ageInDays) =>
        new(id, AuthorityKind.Intermediate, state, "r", Now.AddDays(-ageInDays), Now.AddDays(30 - ageInDays));
}
