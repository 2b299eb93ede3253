using MeshCA.Admin.Issuance;
using MeshCA.Admin.Policies;

namespace MeshCA.Admin;

/// <summary>The table of all verbs.</summary>
internal static class AdminVerbs
{
    /// <summary>All of them.</summary>
    /// <param name="clock">The clock they read.</param>
    public static IReadOnlyList<IAdminVerb> All(TimeProvider clock) =>
    [
        new AuditListVerb(),
        new AuditVerifyVerb(),
        new BackupCreateVerb(clock),
        new BackupRestoreVerb(clock),
        new BackupVerifyVerb(clock),
        new BundleShowVerb(),
        new CertInspectVerb(clock),
        new CertRequestVerb(clock),
        new DemoVerb(clock),
        new ExplainIssuanceVerb(),
        new IssuanceStatusVerb(),
        new PolicyApplyVerb(),
        new PolicyDecideVerb(),
        new PolicyDeleteVerb(),
        new PolicyDiffVerb(),
        new PolicyExplainVerb(),
        new PolicyExportVerb(),
        new PolicyLintVerb(),
        new PolicyListVerb(),
        new PolicyReplayVerb(),
        new PolicyStatusVerb(),
        new PolicyTestVerb(clock),
        new PolicyWhoCanVerb(),
        new ServeVerb(clock),
        new TokenMintVerb(clock),
        new VersionVerb(),
    ];
}
