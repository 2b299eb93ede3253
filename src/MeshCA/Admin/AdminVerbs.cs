using MeshCA.Admin.Agents;
using MeshCA.Admin.Authorities;
using MeshCA.Admin.Certificates;
using MeshCA.Admin.Completion;
using MeshCA.Admin.Consumers;
using MeshCA.Admin.Federation;
using MeshCA.Admin.Issuance;
using MeshCA.Admin.Keys;
using MeshCA.Admin.Meshes;
using MeshCA.Admin.Policies;
using MeshCA.Admin.Revocations;
using MeshCA.Admin.Tokens;

namespace MeshCA.Admin;

/// <summary>The table of all verbs.</summary>
internal static class AdminVerbs
{
    /// <summary>All of them.</summary>
    /// <param name="clock">The clock they read.</param>
    public static IReadOnlyList<IAdminVerb> All(TimeProvider clock) =>
    [
        new AgentStatusVerb(),
        new AgentVerb(clock),
        new AgentExplainVerb(),
        new AgentFetchJwtVerb(),
        new AgentFetchX509Verb(),
        new AgentSecretsVerb(),
        new AgentValidateVerb(),
        new AgentWatchVerb(),
        new AnalyzeVerb(clock),
        new AuditExportVerb(),
        new AuditListVerb(),
        new AuditVerifyVerb(),
        new AuthorityCsrVerb(),
        new AuthorityInstallVerb(clock),
        new AuthorityListVerb(isOfRoots: false),
        new AuthnTlsCheckVerb(clock),
        new AuthzCheckVerb(clock),
        new BackupCreateVerb(clock),
        new BackupRestoreVerb(clock),
        new BackupVerifyVerb(clock),
        new BanAddVerb(clock),
        new BanListVerb(),
        new BanRemoveVerb(),
        new BundleShowVerb(),
        new BundleWatchVerb(clock),
        new CertInspectVerb(clock),
        new CertReinstateVerb(),
        new CertRequestVerb(clock),
        new CertRevokeVerb(),
        new CertRevokedVerb(),
        new ConsumerListVerb(),
        new DemoVerb(clock),
        new ExplainIssuanceVerb(),
        new FederationAddVerb(),
        new FederationInviteVerb(),
        new FederationListVerb(),
        new FederationRefreshVerb(),
        new FederationRemoveVerb(),
        new FederationShowVerb(),
        new IssuanceStatusVerb(),
        new CertListVerb(),
        new CertShowVerb(),
        new CompletionVerb(() => All(clock)),
        new JwtListVerb(),
        new JwtRotateVerb(),
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
        .. RootAuthorityVerb.All(clock),
        new RootImportVerb(clock),
        new AuthorityListVerb(isOfRoots: true),
        new RootRotateVerb(clock),
        new RootShowVerb(),
        new RootStatusVerb(clock),
        .. RootStepVerb.All(clock),
        new ServeVerb(clock),
        new TokenMintVerb(clock),
        new VersionVerb(),
    ];
}
