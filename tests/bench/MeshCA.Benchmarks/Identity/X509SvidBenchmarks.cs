using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.Benchmarks.Identity;

/// <summary>Chains of a leaf and an intermediate, P-256, as peers present them.</summary>
public class X509SvidBenchmarks
{
    private const int Leaves = 512;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509SvidVerifier _verifier = new();
    private readonly X509SvidVerifier _forgetful = new(2);
    private ReadOnlyMemory<byte>[][] _chains = [];
    private BundleSet _bundles = BundleSet.Empty;
    private X509SvidMinter _minter = null!; // set in Prepare
    private X509SvidPlan _plan = null!;
    private int _next;

    [GlobalSetup]
    public void Prepare()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = X509SvidMinter.SelfSign(Authority(rootKey, "root", 1), rootKey);
        var middle = Mint(root, rootKey, Authority(middleKey, "middle", 0));
        X509SvidMinter.TryCreate(middle, middleKey, out var minter);
        _minter = minter!;
        _plan = Leaf();
        _chains = [.. Enumerable.Range(0, Leaves).Select(_ => (ReadOnlyMemory<byte>[])[Mint(middle, middleKey, Leaf()), middle])];
        X509Bundle.TryCreate(TrustDomain.Parse("example.org"), [root], out var bundle, out _);
        _bundles = BundleSet.Of(new TrustBundle(bundle!));
        if (Repeated() is not X509SvidVerification.Accepted)
        {
            throw new InvalidOperationException("the chain must be good");
        }
    }

    /// <summary>A chain of which nothing was seen before, its intermediate neither.</summary>
    [Benchmark]
    public X509SvidVerification FirstSightOfAll() => new X509SvidVerifier(2).Verify(Next(), _bundles, Now);

    /// <summary>A leaf that was not seen before, below an intermediate that was: what a server of a mesh meets.</summary>
    [Benchmark(Baseline = true)]
    public X509SvidVerification FirstSightOfLeaf() => _forgetful.Verify(Next(), _bundles, Now); // room for two chains: none is found again

    /// <summary>A chain that was seen before.</summary>
    [Benchmark]
    public X509SvidVerification Repeated() => _verifier.Verify(_chains[0], _bundles, Now);

    /// <summary>The form alone.</summary>
    [Benchmark]
    public X509SvidError Parsed() => X509Svid.TryParse(Next(), out _, out var error) ? X509SvidError.None : error;

    /// <summary>One leaf minted, from its plan to its DER.</summary>
    [Benchmark]
    public byte[]? Minted() => _minter.TryMint(_plan, out var certificate, out _) ? certificate : null;

    private static X509SvidPlan Authority(ECDsa key, string name, int pathLength)
    {
        X509SvidPlan.TryCreateAuthority(
            TrustDomain.Parse("example.org"), name, pathLength, Terms(key, TimeSpan.FromDays(1)), out var plan, out _);
        return plan!;
    }

    private static CertificateTerms Terms(ECDsa key, TimeSpan lifetime) => new()
    {
        SubjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo(),
        SerialNumber = RandomNumberGenerator.GetBytes(16),
        NotBefore = Now - X509SvidPlan.Backdate,
        NotAfter = Now + lifetime,
    };

    private static X509SvidPlan Leaf()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X509SvidPlan.TryCreateLeaf(
            SpiffeId.Parse("spiffe://example.org/ns/default/sa/sleep"), Terms(key, TimeSpan.FromHours(1)), [], out var plan, out _);
        return plan!;
    }

    private static byte[] Mint(byte[] authority, ECDsa key, X509SvidPlan plan)
    {
        X509SvidMinter.TryCreate(authority, key, out var minter);
        minter!.TryMint(plan, out var certificate, out _);
        return certificate!;
    }

    private ReadOnlyMemory<byte>[] Next() => _chains[_next++ % Leaves];
}
