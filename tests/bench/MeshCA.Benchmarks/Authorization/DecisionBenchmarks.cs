using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using BenchmarkDotNet.Attributes;

namespace MeshCA.Benchmarks.Authorization;

/// <summary>Decisions for one workload; each call takes another of its rules, as traffic does.</summary>
public class DecisionBenchmarks
{
    private const int Requests = 1024;
    private const int Step = 7919;

    private WorkloadPolicies? _policies;
    private RequestAttributes[] _allowed = [];
    private RequestAttributes[] _denied = [];
    private int _next;

    [Params(1, 100, 1_000, 10_000)]
    public int Rules { get; set; }

    [Params(RuleShape.Principals, RuleShape.Paths, RuleShape.Blocks, RuleShape.Claims)]
    public RuleShape Shape { get; set; }

    [GlobalSetup]
    public void Compile()
    {
        _policies = PolicySet.Compile(SampleMesh.Policies(Shape, Rules), new MeshSettings()).For(SampleMesh.Workload);
        _allowed = [.. Enumerable.Range(0, Requests).Select(i => SampleMesh.Allowed(Shape, i * Step % Rules))];
        _denied = [.. Enumerable.Range(0, Requests).Select(i => SampleMesh.Denied(Shape, i * Step % Rules))];
        if (Array.Exists(_allowed, request => _policies.Decide(in request).Verdict != Verdict.Allow)
            || Array.Exists(_denied, request => _policies.Decide(in request).Verdict != Verdict.Deny))
        {
            throw new InvalidOperationException("the sample requests are not decided as they are named");
        }
    }

    [Benchmark]
    public Verdict Allow() => Decide(_allowed);

    [Benchmark]
    public Verdict Deny() => Decide(_denied);

    private Verdict Decide(RequestAttributes[] requests)
    {
        _next = (_next + 1) & (Requests - 1);
        return _policies!.Decide(in requests[_next]).Verdict; // set up before
    }
}
