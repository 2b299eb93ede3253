using MeshCA.Administration;
using MeshCA.Authentication;
using MeshCA.Registration;
using MeshCA.Rpc.Administration;
using MeshCA.Tests.IssuancePolicies;
using Xunit;

namespace MeshCA.Tests.Rpc.Administration;

public sealed class IssuanceExplanationTests
{
    private static readonly IssuanceExplanation Proved = new() { Authentication = new AuthenticationOutcome.Authenticated(Policy.Caller("shop/web")) };
    private static readonly IssuanceExplanation Refused = new() { Authentication = new AuthenticationOutcome.Refused(AuthenticationError.Expired) };

    [Fact]
    public void Whoever_has_no_scopes_sees_all()
    {
        Assert.Null(Proved.OutsideOf(Caller()));
        Assert.Null(Refused.OutsideOf(Caller()));
    }

    [Fact]
    public void Scopes_are_held_against_the_identity_that_the_token_proves()
    {
        Assert.Null(Proved.OutsideOf(Caller("spiffe://cluster.local/ns/shop")));
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/web", Proved.OutsideOf(Caller("spiffe://cluster.local/ns/pay")));
    }

    [Fact]
    public void What_proves_nothing_is_in_nobodys_scopes() =>
        Assert.Equal("an identity that is not proved", Refused.OutsideOf(Caller("spiffe://cluster.local/ns/shop")));

    private static AdminCaller Caller(params string[] scopes) =>
        new("test", AdminRole.Viewer, [.. scopes.Select(scope => SpiffeIdPrefix.TryParse(scope, out var prefix, out _) ? prefix : throw new ArgumentException(scope))]);
}
