using System.Globalization;
using System.IO;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MeshCA.Benchmarks.Agents;
using MeshCA.Benchmarks.Authorization;
using MeshCA.Benchmarks.Csr;
using MeshCA.Benchmarks.Storage;

// `seed-store DIR ROWS` measures nothing: it makes the large store that scripts/bench-load.sh puts under load.
if (args is ["seed-store", var directory, var rows])
{
    await StoreSeeder.FillAsync(Path.GetFullPath(directory), long.Parse(rows, CultureInfo.InvariantCulture));
    return 0;
}

#pragma warning disable RS0030 // The program's own output, named here alone.
using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
#pragma warning restore RS0030

// `growth` compares decisions by numbers of rules within one run, which BenchmarkDotNet measures minutes apart; `load` times
// the stages from a text to decisions, the first time too, which BenchmarkDotNet leaves out.
if (args is ["growth" or "load"])
{
    return args[0] == "growth" ? DecisionGrowth.Run(output) : LoadStages.Run(output);
}

// `measure-listing DIR`, `measure-upkeep DIR ROWS`: what BenchmarkDotNet has no form for; they end with lines of PASS or FAIL.
if (args is ["measure-listing", var filled])
{
    return await ListingMeasure.RunAsync(Path.GetFullPath(filled), output) ? 0 : 1;
}

if (args is ["measure-upkeep", var fresh, var count])
{
    return await UpkeepMeasure.RunAsync(Path.GetFullPath(fresh), long.Parse(count, CultureInfo.InvariantCulture), output) ? 0 : 1;
}

// `measure-agent DIR ROTATIONS`: likewise; the agent that it measures is this program as `agent-host DIR`.
if (args is ["agent-host", var served])
{
#pragma warning disable RS0030 // The program's own input, named here alone.
    using var input = new StreamReader(Console.OpenStandardInput());
#pragma warning restore RS0030
    await AgentMemory.ServeAsync(Path.GetFullPath(served), input, output);
    return 0;
}

if (args is ["measure-agent", var place, var rotations])
{
    return await AgentMemory.RunAsync(Path.GetFullPath(place), int.Parse(rotations, CultureInfo.InvariantCulture), output) ? 0 : 1;
}

// In process: the generated project of the default toolchain would inherit this repository's build rules and restore
// packages of its own. Each suite is a public class of this assembly: `--filter '*Csr*'` picks some, `--quick` is short.
var job = (args.Contains("--quick") ? Job.ShortRun : Job.Default).WithToolchain(InProcessEmitToolchain.Instance);
var config = DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(CsrBenchmarks).Assembly).Run([.. args.Where(arg => arg != "--quick")], config);

// A benchmark that threw is a line of `NA` to BenchmarkDotNet, and a failure to whoever runs this.
return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
