using BenchmarkDotNet.Attributes;
using MeshCA.Cryptography;
using MeshCA.Decisions;
using MeshCA.Issuance;
using MeshCA.Revocations;
using TestSupport;

namespace MeshCA.Benchmarks.Revocations;

/// <summary>What revocations cost a request that none of them is about: the check of issuing and that of decisions.</summary>
[MemoryDiagnoser]
public class RevocationBenchmarks
{
    private const string Web = "spiffe://cluster.local/ns/default/sa/web";
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);
    private readonly TestRevocations _revocations = new();
    private SvidRequest _request = null!; // this and the next are set in Prepare
    private BanCheck _check = null!;

    /// <summary>Bans and revocations of each kind.</summary>
    [Params(0, 10_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        using var key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        _request = new(MeshAuthority.Caller(Web, Now), key.PublicKey, TimeSpan.Zero, "ipv4:127.0.0.1:1");
        _check = new(_revocations, deniesUnknown: true, TimeProvider.System);
        _revocations.Set([.. Enumerable.Range(0, Entries).SelectMany(Each)]);
    }

    /// <summary>One of the two looks of an issuance.</summary>
    [Benchmark]
    public object? Issuing() => RevocationCheck.Find(_revocations.Current, _request, "00", Now);

    /// <summary>The look of a decision: peer, workload and proxy.</summary>
    [Benchmark]
    public object? Deciding() => _check.Find(DecisionCaller.Local, Web, new SourceReference(Web, IsUnknown: false));

    private static Revocation[] Each(int i) =>
    [
        TestRevocations.Ban($"spiffe://cluster.local/ns/jail/sa/w{i}", number: i),
        TestRevocations.Ban($"spiffe://cluster.local/ns/jail{i}", isPrefix: true, i),
        TestRevocations.Of(RevocationKind.Certificate, $"{i}", i) with { Serial = new((UInt128)i + 1), Issuer = "00" },
        TestRevocations.Of(RevocationKind.Key, Fingerprint.Of(BitConverter.GetBytes(i)).ToString(), i),
    ];
}
