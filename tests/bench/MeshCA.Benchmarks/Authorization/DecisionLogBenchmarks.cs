using System.Buffers;
using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using BenchmarkDotNet.Attributes;
using MeshCA.DecisionLog;
using MeshCA.Decisions;
using MeshCA.Telemetry;
using TestSupport;

namespace MeshCA.Benchmarks.Authorization;

/// <summary>What noting a decision costs the request, and the writer.</summary>
public class DecisionLogBenchmarks : IDisposable
{
    private readonly TestMeterFactory _meters = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly DecisionRecordFormat _format =
        new(new(AttributeKinds.Method | AttributeKinds.Path | AttributeKinds.Host, [], [], SecretDigest.Draw()));

    private DecisionQueue? _all;
    private DecisionQueue? _none;
    private DecisionCounter? _counter;
    private DecisionRecord _record;

    [GlobalSetup]
    public void Decide()
    {
        var mesh = new MeshSettings();
        var set = PolicySet.Compile(SampleMesh.Policies(RuleShape.Claims, 100), mesh);
        var policies = set.For(SampleMesh.Workload);
        var request = SampleMesh.Allowed(RuleShape.Claims, 7);
        var metrics = new DecisionMetrics(_meters);
        (_all, _none) = (new(new(1, 1), new(4_096, 32 << 20), metrics), new(new(1_000_000, 1_000_000), new(4_096, 32 << 20), metrics));
        _counter = new(metrics, new(400));
        _record = new(
            new(new(1, mesh, AdmittedResources.None, set, new(set, []), default), new(SampleMesh.Workload, policies), null, DecisionCaller.Local),
            request,
            new(policies.Decide(in request), "0123456789abcdef-1f", 1),
            default,
            TimeSpan.FromMicroseconds(1));
    }

    /// <summary>Of a request whose decision is not logged.</summary>
    [Benchmark]
    public void SampledOut() => _none!.Record(in _record); // set up before, as below

    /// <summary>Of a request whose decision is logged; taken out again at once, as the writer does.</summary>
    [Benchmark]
    public bool Enqueued()
    {
        _all!.Record(in _record);
        return _all.TryTake(out _);
    }

    /// <summary>Nobody listens here: what the listener of /metrics adds is not in it.</summary>
    [Benchmark]
    public void Counted() => _counter!.Record(in _record);

    /// <summary>The writer's part: redaction and JSON.</summary>
    [Benchmark]
    public int Written()
    {
        _line.ResetWrittenCount();
        _format.Write(in _record, _line);
        return _line.WrittenCount;
    }

    public void Dispose()
    {
        _meters.Dispose();
        GC.SuppressFinalize(this);
    }
}
