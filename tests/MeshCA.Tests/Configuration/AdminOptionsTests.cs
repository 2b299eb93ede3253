using MeshCA.Administration;
using MeshCA.Configuration;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class AdminOptionsTests
{
    [Fact]
    public void Grants_of_every_kind_are_taken() => Assert.Empty(FaultsOf(new AdminOptions
    {
        OnTlsPort = true,
        Grants =
        [
            new() { SpiffeId = "spiffe://td/a", Role = AdminRole.Operator },
            new() { SpiffeIdPrefix = "spiffe://td/a", Scopes = ["spiffe://td/ns/shop"] },
            new() { Uid = 1 },
        ],
    }));

    [Theory]
    [InlineData("SpiffeId", "", "exactly one")]
    [InlineData("Uid", "7", "exactly one")]
    [InlineData("SpiffeId", "web", "no SPIFFE ID")]
    [InlineData("SpiffeIdPrefix", "spiffe://td/a", "exactly one")]
    [InlineData("Scopes", "spiffe://td/", "no SPIFFE ID")]
    [InlineData("Scopes", "", "no SPIFFE ID")]
    [InlineData("Role", "0", "no role")]
    public void A_grant_that_is_not_clear_is_refused(string setting, string value, string fault)
    {
        var grant = new AdminGrantOptions { SpiffeId = setting == "SpiffeId" ? value : "spiffe://td/a" };
        grant.SpiffeIdPrefix = setting == "SpiffeIdPrefix" ? value : "";
        grant.Uid = setting == "Uid" ? uint.Parse(value, null) : null;
        grant.Scopes = setting == "Scopes" ? [value] : [];
        grant.Role = setting == "Role" ? (AdminRole)int.Parse(value, null) : AdminRole.Viewer;
        Assert.Contains(FaultsOf(new AdminOptions { OnTlsPort = true, Grants = [grant] }), text => text.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_holder_cannot_have_two_grants() => Assert.Contains(
        "two grants",
        Assert.Single(FaultsOf(new AdminOptions { Grants = [new() { Uid = 7 }, new() { Uid = 7, Role = AdminRole.Operator }] })),
        StringComparison.Ordinal);

    [Fact]
    public void A_grant_to_an_identity_needs_the_tls_port() => Assert.Contains(
        nameof(AdminOptions.OnTlsPort),
        Assert.Single(FaultsOf(new AdminOptions { Grants = [new() { SpiffeId = "spiffe://td/a" }] })),
        StringComparison.Ordinal);

    [Fact]
    public void Root_cannot_be_granted_less_than_everything() =>
        Assert.NotEmpty(FaultsOf(new AdminOptions { Grants = [new() { Uid = 0, Role = AdminRole.Viewer }] }));

    private static List<string> FaultsOf(AdminOptions options)
    {
        var result = new AdminOptionsValidator().Validate(null, options);
        return [.. result.Failures ?? []];
    }
}
