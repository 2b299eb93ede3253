using MeshCA.Administration;
using MeshCA.Registration;
using Xunit;

namespace MeshCA.Tests.Administration;

public sealed class AdminPermissionTests
{
    [Fact]
    public void A_role_may_do_what_those_before_it_may() => Assert.All(
        from least in Enum.GetValues<AdminRole>() from role in Enum.GetValues<AdminRole>() select (least, role),
        pair => Assert.Equal(
            pair.role >= pair.least ? null : AdminRefusal.RoleTooLow,
            AdminPermission.Judge(new(pair.least), new("test", pair.role, []))));

    [Fact]
    public void Officers_stand_above_operators_and_these_above_viewers() =>
        Assert.True(AdminRole.Viewer < AdminRole.Operator && AdminRole.Operator < AdminRole.SecurityOfficer);

    [Fact]
    public void A_method_without_a_permission_is_closed_to_everybody() =>
        Assert.Equal(AdminRefusal.MethodClosed, AdminPermission.Judge(null, new("test", AdminRole.SecurityOfficer, [])));

    [Fact]
    public void A_method_that_knows_no_scopes_is_closed_to_callers_with_scopes()
    {
        Assert.True(SpiffeIdPrefix.TryParse("spiffe://td", out var scope, out _));
        var caller = new AdminCaller("test", AdminRole.SecurityOfficer, [scope]);
        Assert.Equal(AdminRefusal.NotForScoped, AdminPermission.Judge(new(AdminRole.Viewer), caller));
        Assert.Null(AdminPermission.Judge(new(AdminRole.Viewer) { KeepsScopes = true }, caller));
    }
}
