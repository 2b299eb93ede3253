using System.Text;
using AuthzEngine.Formats.Issuance;
using BenchmarkDotNet.Attributes;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using TestSupport;

namespace MeshCA.Benchmarks.IssuancePolicies;

/// <summary>What the issuance policy adds to a request: the scan of the rules, and the count of a rate.</summary>
[MemoryDiagnoser]
public class IssuancePolicyBenchmarks
{
    private IssuanceGate _gate = null!; // this and the following are set in Prepare
    private IssuanceGate _open = null!;
    private SvidRequest _request = null!;
    private IssuanceRule _limited = null!;

    /// <summary>Rules in front of the one that decides.</summary>
    [Params(10, 500)]
    public int Rules { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        using var key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var caller = MeshAuthority.Caller("spiffe://cluster.local/ns/default/sa/web", TimeProvider.System.GetUtcNow());
        _request = new(caller, key.PublicKey, TimeSpan.Zero, "ipv4:127.0.0.1:1");
        var rules = string.Join('\n', Enumerable.Range(0, Rules).Select(
            i => $"- {{name: r{i}, from: {{namespaces: [\"team-{i}-*\", batch-{i}], serviceAccounts: [\"*-runner\"]}}, grant: {{maxLifetime: 1h}}}}"));
        var text = $"rules:\n{rules}\notherwise: ALLOW\n";
        var read = IssuancePolicyReader.Read("bench.yaml", Encoding.UTF8.GetBytes(text), new() { MaxLifetime = MeshAuthority.Lifetimes.Max });
        var policy = IssuancePolicy.Compile(
            read.Value ?? throw new InvalidOperationException("the policy must be good"), MeshAuthority.Lifetimes);
        _gate = new(policy, new IssuanceRates(TimeProvider.System), podLabels: null);
        _open = MeshAuthority.Gate(TimeProvider.System);
        _limited = IssuancePolicy.Compile(
            new([
                new()
                {
                    Name = "limited",
                    Line = 1,
                    Action = IssuanceAction.Allow,
                    From = new(),
                    Grant = new() { Rate = new(1_000_000, TimeSpan.FromMilliseconds(1)) },
                },
            ], IssuanceAction.Deny),
            MeshAuthority.Lifetimes).Rules.First();
    }

    /// <summary>No file: what everybody pays.</summary>
    [Benchmark(Baseline = true)]
    public bool WithoutPolicy() => _open.Judge(_request).Refusal is null;

    /// <summary>No rule matches.</summary>
    [Benchmark]
    public bool LastRule() => _gate.Judge(_request).Refusal is null;

    /// <summary>One certificate off an allowance.</summary>
    [Benchmark]
    public bool Rate() => _gate.TryTake(_limited, _request.Caller);
}
