using MeshCA.Admin;
using MeshCA.Admin.Issuance;
using MeshCA.Admin.Policies;

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
    ]);
return await commandLine.RunAsync(args, signals.Token);
