using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.Benchmarks.Identity;

/// <summary>JWT-SVIDs on P-256: minted, and validated by a bundle that has the key imported already.</summary>
public class JwtSvidBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private JwtSvidMinter _minter = null!; // all set in Prepare
    private JwtSvidPlan _plan = null!;
    private BundleSet _bundles = null!;
    private string _token = "";

    [GlobalSetup]
    public void Prepare()
    {
        _minter = new JwtSvidMinter("k1", _key);
        var id = SpiffeId.Parse("spiffe://example.org/ns/default/sa/sleep");
        JwtSvidPlan.TryCreate(id, ["reports"], Now, Now.AddMinutes(5), out var plan, out _);
        _plan = plan!;
        JwtBundle.TryCreate(id.TrustDomain, [new JwtAuthority("k1", _key.ExportSubjectPublicKeyInfo())], out var jwt, out _);
        _bundles = BundleSet.Of(TrustBundle.Empty(id.TrustDomain) with { Jwt = jwt! });
        _token = Mint();
        if (Validate() is not JwtSvidValidation.Accepted)
        {
            throw new InvalidOperationException("the token must be good");
        }
    }

    [Benchmark]
    public string Mint() => _minter.Mint(_plan);

    [Benchmark]
    public JwtSvidValidation Validate() => JwtSvidValidator.Validate(_token, "reports", _bundles, Now);

    [Benchmark]
    public bool Parse() => JwtSvid.TryParse(_token, out _, out _);
}
