using System.Security.Cryptography;
using Google.Protobuf;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using Spiffe.Wire.Workload;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>A JWT authority of a trust domain.</summary>
internal sealed class TestTokens : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TimeProvider _clock;
    private readonly JwtSvidMinter _minter;
    private readonly string _keyId;
    private int _count;

    public TestTokens(TimeProvider? clock = null, string keyId = "k1")
    {
        _clock = clock ?? TimeProvider.System;
        _keyId = keyId;
        _minter = new JwtSvidMinter(keyId, _key);
    }

    /// <summary>The authority's JWK Set.</summary>
    public ByteString Document
    {
        get
        {
            Assert(JwtBundle.TryCreate(TrustDomain.Parse("example.org"), [new JwtAuthority(_keyId, _key.ExportSubjectPublicKeyInfo())], out var bundle, out _));
            return ByteString.CopyFrom(JwtBundleWriter.Write(bundle!));
        }
    }

    /// <summary>Each token is another one.</summary>
    public string Mint(string id, IReadOnlyList<string> audience, TimeSpan lifetime)
    {
        var now = _clock.GetUtcNow();
        Assert(JwtSvidPlan.TryCreate(SpiffeId.Parse(id), audience, now, now + lifetime, out var plan, out _));
        return _minter.Mint(plan!.WithTokenId($"t{Interlocked.Increment(ref _count)}"));
    }

    public JWTSVID Entry(string id, IReadOnlyList<string> audience, TimeSpan lifetime, string hint = "") =>
        new() { SpiffeId = id, Svid = Mint(id, audience, lifetime), Hint = hint };

    public static string TokenId(JwtSvid svid)
    {
        using var claims = System.Text.Json.JsonDocument.Parse(svid.Payload);
        return claims.RootElement.GetProperty("jti").GetString()!;
    }

    public void Dispose() => _key.Dispose();

    private static void Assert(bool good)
    {
        if (!good)
        {
            throw new InvalidOperationException("a fake that does not know its own library");
        }
    }
}
