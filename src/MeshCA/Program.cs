using MeshCA.Admin;
using MeshCA.Admin.Policies;
using MeshCA.Admin.Revocations;

using var signals = new TerminationSignals();
var clock = TimeProvider.System;
var commandLine = new AdminCommandLine(
    AdminConsole.ForProcess(),
    [
        new AuditListVerb(),
        new AuditVerifyVerb(),
        new BackupCreateVerb(clock),
        new BackupRestoreVerb(clock),
        new BackupVerifyVerb(clock),
        new BanAddVerb(clock),
        new BanListVerb(),
        new BanRemoveVerb(),
        new BundleShowVerb(),
        new CertInspectVerb(clock),
        new CertReinstateVerb(),
        new CertRequestVerb(clock),
        new CertRevokeVerb(),
        new CertRevokedVerb(),
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
        new ServeVerb(clock),
        new TokenMintVerb(clock),
        new VersionVerb(),
    ]);
return await commandLine.RunAsync(args, signals.Token);
