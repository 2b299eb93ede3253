using MeshCA.Admin.Certificates;
using MeshCA.Admin.Completion;
using MeshCA.Admin.Keys;
using MeshCA.Admin.Policies;

namespace MeshCA.Admin;

/// <summary>The table of all verbs.</summary>
internal static class AdminVerbs
{
    /// <summary>All of them.</summary>
    /// <param name="clock">The clock they read.</param>
    public static IReadOnlyList<IAdminVerb> All(TimeProvider clock) =>
    [
        new AuditExportVerb(),
        new AuditListVerb(),
        new AuditVerifyVerb(),
        new BackupCreateVerb(clock),
        new BackupRestoreVerb(clock),
        new BackupVerifyVerb(clock),
        new BundleShowVerb(),
        new CertInspectVerb(clock),
        new CertListVerb(),
        new CertRequestVerb(clock),
        new CertShowVerb(),
        new CompletionVerb(() => All(clock)),
        new DemoVerb(clock),
        new KeysRewrapVerb(clock),
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
