using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using BenchmarkDotNet.Attributes;

namespace MeshCA.Benchmarks.Authorization;

/// <summary>From resources to a workload that can decide.</summary>
public class CompileBenchmarks
{
    private ResourceSet _resources = ResourceSet.Empty;

    [Params(100, 10_000)]
    public int Rules { get; set; }

    [GlobalSetup]
    public void Write() => _resources = SampleMesh.Policies(RuleShape.Principals, Rules);

    [Benchmark]
    public WorkloadPolicies Compile() => PolicySet.Compile(_resources, new MeshSettings()).For(SampleMesh.Workload);
}
