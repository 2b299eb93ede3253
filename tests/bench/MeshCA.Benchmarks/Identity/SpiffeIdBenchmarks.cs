using BenchmarkDotNet.Attributes;
using SpiffeIdentity;

namespace MeshCA.Benchmarks.Identity;

/// <summary>SPIFFE IDs as Istio's workloads have them.</summary>
public class SpiffeIdBenchmarks
{
    private const string Text = "spiffe://cluster.local/ns/default/sa/productpage";

    private readonly TrustDomain _trustDomain = TrustDomain.Parse("cluster.local");

    [Benchmark]
    public bool Parse() => SpiffeId.TryParse(Text, out _, out _);

    [Benchmark]
    public bool ParseCharacters() => SpiffeId.TryParse(Text.AsSpan(), out _, out _);

    [Benchmark]
    public bool Join() => SpiffeId.TryFromSegments(_trustDomain, ["ns", "default", "sa", "productpage"], out _, out _);
}
