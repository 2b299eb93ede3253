using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MeshCA.Benchmarks.Csr;

// In process: the generated project of the default toolchain would inherit this repository's build rules and restore
// packages of its own. Each suite is a public class of this assembly: `--filter '*Csr*'` picks some, `--quick` is short.
var job = (args.Contains("--quick") ? Job.ShortRun : Job.Default).WithToolchain(InProcessEmitToolchain.Instance);
var config = DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default);
BenchmarkSwitcher.FromAssembly(typeof(CsrBenchmarks).Assembly).Run([.. args.Where(arg => arg != "--quick")], config);
