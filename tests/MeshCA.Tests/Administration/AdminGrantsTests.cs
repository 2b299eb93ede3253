using MeshCA.Administration;
using MeshCA.Configuration;
using SpiffeIdentity;
using Xunit;

namespace MeshCA.Tests.Administration;

public sealed class AdminGrantsTests
{
    private const uint Own = 1000;

    private static readonly AdminGrants Grants = new AdminOptions
    {
        OnTlsPort = true,
        Grants =
        [
            new() { Uid = 2000, Role = AdminRole.Operator, Scopes = ["spiffe://td/ns/shop"] },
            new() { SpiffeIdPrefix = "spiffe://td/ns/ops", Role = AdminRole.Operator },
            new() { SpiffeIdPrefix = "spiffe://td/ns/ops/sa", Role = AdminRole.Viewer },
            new() { SpiffeId = "spiffe://td/ns/ops/sa/root", Role = AdminRole.SecurityOfficer },
        ],
    }.ToGrants(Own);

    [Theory]
    [InlineData(0u, nameof(AdminRole.SecurityOfficer))]
    [InlineData(Own, nameof(AdminRole.SecurityOfficer))]
    [InlineData(2000u, nameof(AdminRole.Operator))]
    [InlineData(1001u, null)]
    [InlineData(null, null)]
    public void Root_and_the_services_own_user_may_do_everything_others_what_they_are_granted(uint? user, string? role) =>
        Assert.Equal(role, Grants.Find(user)?.Role.ToString());

    [Theory]
    [InlineData("spiffe://td/ns/ops/sa/root", nameof(AdminRole.SecurityOfficer))]
    [InlineData("spiffe://td/ns/ops/sa/other", nameof(AdminRole.Viewer))]
    [InlineData("spiffe://td/ns/ops/vm/1", nameof(AdminRole.Operator))]
    [InlineData("spiffe://td/ns/opsy/vm/1", null)]
    [InlineData("spiffe://td/ns/shop/sa/web", null)]
    public void Of_several_grants_the_most_specific_counts_alone(string id, string? role) =>
        Assert.Equal(role, Grants.Find(SpiffeId.Parse(id))?.Role.ToString());

    [Fact]
    public void The_audit_names_callers_by_what_was_proved()
    {
        Assert.Equal("uid:2000", Grants.Find(2000)!.Actor);
        Assert.Equal("spiffe://td/ns/ops/sa/root", Grants.Find(SpiffeId.Parse("spiffe://td/ns/ops/sa/root"))!.Actor);
    }

    [Fact]
    public void Scopes_limit_what_a_caller_may_see_and_none_limit_nothing()
    {
        var scoped = Grants.Find(2000)!;
        Assert.True(scoped.Covers(SpiffeId.Parse("spiffe://td/ns/shop/sa/web")));
        Assert.False(scoped.Covers(SpiffeId.Parse("spiffe://td/ns/bank/sa/web")));
        Assert.True(Grants.Find(0u)!.Covers(SpiffeId.Parse("spiffe://td/ns/bank/sa/web")));
    }
}
