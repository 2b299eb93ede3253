using MeshCA.Admin;

using var signals = new TerminationSignals();
var commandLine = new AdminCommandLine(AdminConsole.ForProcess(), AdminVerbs.All(TimeProvider.System));
return await commandLine.RunAsync(args, signals.Token);
