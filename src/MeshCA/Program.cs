using MeshCA.Hosting;
using Microsoft.Extensions.Configuration;
var start = await MeshServer.StartAsync(new ConfigurationBuilder().AddCommandLine(args).Build(), new ServerSetUp(), default);
if (start is ServerStart.Refused r) { foreach (var f in r.Faults) { await System.IO.File.AppendAllTextAsync("/dev/stderr", f + "\n"); } return 1; }
var s = ((ServerStart.Started)start).Server;
await s.WaitForShutdownAsync(default);
await s.DisposeAsync();
return 0;
