using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Configuration;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.JwtSvids;
using MeshCA.Registration;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;

namespace MeshCA.Benchmarks.JwtSvids;

/// <summary>From an authenticated caller to a signed token, without a disk.</summary>
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls CleanUp, and never Dispose.")]
public class MintBenchmarks
{
    // More would measure how the heap grows.
    private const int RecordsKept = 4_096;

    private readonly MemoryStore _store = new();
    private AuthorityRotator _authorities = null!; // this and the following are set in Prepare
    private JwtSvidIssuer _issuer = null!;
    private JwtSvidRequest _request = null!;

    /// <summary>The key's algorithm: EcdsaP256 or Rsa (2,048 bits).</summary>
    [Params("EcdsaP256", "Rsa")]
    public string Key { get; set; } = "";

    [GlobalSetup]
    public async Task PrepareAsync()
    {
        var settings = MeshAuthority.JwtKeys with { Key = new KeyChoice(Enum.Parse<KeyAlgorithm>(Key), 2048) };
        _authorities = new(_store, MeshAuthority.Settings, TimeProvider.System, NullLogger<AuthorityRotator>.Instance)
        {
            JwtKeys = new JwtKeyKeeper(_store, settings),
        };
        await _authorities.AdvanceAsync(default);
        _issuer = new(
            _authorities,
            PermittedTrustDomains.Only(MeshAuthority.TrustDomain),
            _store,
            new TestRevocations(),
            MeshAuthority.Gate(TimeProvider.System),
            new JwtSvidSettings { IsEnabled = true, Issuer = "", Lifetimes = new JwtSvidOptions().ToLifetimes() },
            new SignatureSampling(0.01),
            TimeProvider.System);
        _request = JwtAudience.TryCreate(["spiffe://cluster.local/ns/default/sa/db"], out var audience, out _)
            ? new(MeshAuthority.Caller("spiffe://cluster.local/ns/default/sa/web", TimeProvider.System.GetUtcNow()), audience, TimeSpan.Zero, "ipv4:127.0.0.1:1")
            : throw new InvalidOperationException("no audience");
    }

    [GlobalCleanup]
    public void CleanUp() => _authorities.Dispose();

    /// <summary>Judge, plan, sign, record in memory.</summary>
    [Benchmark]
    public async Task<object> Mint()
    {
        if (_store.Journal.Count > RecordsKept)
        {
            _store.Journal.Clear();
        }

        return await _issuer.IssueAsync(_request, default);
    }
}
