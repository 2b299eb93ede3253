using MeshCA.Admin;
using MeshCA.Admin.Authorities;
using MeshCA.Admin.Consumers;
using MeshCA.Admin.Policies;

using var signals = new TerminationSignals();
var clock = TimeProvider.System;
var commandLine = new AdminCommandLine(
    AdminConsole.ForProcess(),
    [
        new AuditListVerb(),
        new AuditVerifyVerb(),
        new AuthorityCsrVerb(),
        new AuthorityInstallVerb(clock),
        new AuthorityListVerb(isOfRoots: false),
        new BackupCreateVerb(clock),
        new BackupRestoreVerb(clock),
        new BackupVerifyVerb(clock),
        new BundleShowVerb(),
        new CertInspectVerb(clock),
        new CertRequestVerb(clock),
        new ConsumerListVerb(),
        new DemoVerb(clock),
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
    ]);
return await commandLine.RunAsync(args, signals.Token);
