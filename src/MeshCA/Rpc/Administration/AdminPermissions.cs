using System.Collections.Frozen;
using MeshCA.Administration;

namespace MeshCA.Rpc.Administration;

/// <summary>The one table of who may call which method for administrators; what has no row, nobody may call.</summary>
internal static class AdminPermissions
{
    private static readonly AdminPermission Question = new(AdminRole.Viewer) { IsAudited = false };

    /// <summary>Methods by their gRPC path.</summary>
    public static FrozenDictionary<string, AdminPermission> All { get; } = new Dictionary<string, AdminPermission>(StringComparer.Ordinal)
    {
        ["/meshca.admin.v1.Certificates/List"] = new(AdminRole.Viewer) { KeepsScopes = true },
        ["/meshca.admin.v1.Certificates/Show"] = new(AdminRole.Viewer) { KeepsScopes = true },
        ["/meshca.admin.v1.Audit/List"] = new(AdminRole.Viewer),
        ["/meshca.admin.v1.Audit/Export"] = new(AdminRole.Viewer),

        ["/meshca.policy.v1.PolicyAdministration/Apply"] = new(AdminRole.SecurityOfficer),
        ["/meshca.policy.v1.PolicyAdministration/Delete"] = new(AdminRole.SecurityOfficer),
        ["/meshca.policy.v1.PolicyAdministration/List"] = new(AdminRole.Viewer),
        ["/meshca.policy.v1.PolicyAdministration/GetStatus"] = new(AdminRole.Viewer),
        ["/meshca.policy.v1.PolicyAdministration/AwaitRevision"] = new(AdminRole.Viewer),
        ["/meshca.admin.v1.Revocations/AddBan"] = new(AdminRole.SecurityOfficer) { KeepsScopes = true },
        ["/meshca.admin.v1.Revocations/ListBans"] = new(AdminRole.Viewer) { KeepsScopes = true },
        ["/meshca.admin.v1.Revocations/RemoveBan"] = new(AdminRole.SecurityOfficer) { KeepsScopes = true },
        ["/meshca.admin.v1.Revocations/RevokeCertificate"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Revocations/ListRevocations"] = new(AdminRole.Viewer),
        ["/meshca.admin.v1.Revocations/RemoveRevocation"] = new(AdminRole.SecurityOfficer),

        ["/meshca.admin.v1.Federation/Add"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Federation/List"] = new(AdminRole.Viewer),
        ["/meshca.admin.v1.Federation/Show"] = new(AdminRole.Viewer),

        // What overrides a refusal needs a security officer; the service looks.
        ["/meshca.admin.v1.Federation/Refresh"] = new(AdminRole.Operator),
        ["/meshca.admin.v1.Federation/Remove"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Federation/Invite"] = new(AdminRole.SecurityOfficer),

        ["/meshca.admin.v1.Authorities/List"] = new(AdminRole.Viewer),
        ["/meshca.admin.v1.Authorities/GetRotation"] = new(AdminRole.Viewer),
        ["/meshca.admin.v1.Authorities/BeginRotation"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/Activate"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/Retire"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/Rollback"] = new(AdminRole.SecurityOfficer),

        // Stopping is always safe; going on is not.
        ["/meshca.admin.v1.Authorities/Hold"] = new(AdminRole.Operator),
        ["/meshca.admin.v1.Authorities/Resume"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/Renew"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/Taint"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/Revoke"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/RotateJwtKey"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/GetJwtKeyRotation"] = new(AdminRole.Viewer),
        ["/meshca.admin.v1.Authorities/CreateRequest"] = new(AdminRole.SecurityOfficer),
        ["/meshca.admin.v1.Authorities/Install"] = new(AdminRole.SecurityOfficer),

        ["/meshca.admin.v1.Consumers/List"] = new(AdminRole.Viewer) { KeepsScopes = true },
        ["/meshca.admin.v1.IssuancePolicies/Explain"] = new(AdminRole.Viewer) { KeepsScopes = true },
        ["/meshca.admin.v1.IssuancePolicies/GetStatus"] = new(AdminRole.Viewer),

        // Over the Unix socket only.
        ["/meshca.decision.v1.PolicyDecisionPoint/Explain"] = new(AdminRole.Viewer),
        ["/meshca.decision.v1.PolicyDecisionPoint/GetSnapshot"] = new(AdminRole.Viewer),
        ["/meshca.decision.v1.PolicyDecisionPoint/Decide"] = Question,
        ["/meshca.decision.v1.PolicyDecisionPoint/DecideBatch"] = Question,
        ["/envoy.service.auth.v3.Authorization/Check"] = Question,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
