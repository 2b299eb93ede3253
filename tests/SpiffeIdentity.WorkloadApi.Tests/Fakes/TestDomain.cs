using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Spiffe.Wire.Workload;
using TestSupport;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>A trust domain for tests: a root, an intermediate that signs leaves, and rotation with overlap.</summary>
internal sealed class TestDomain : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly List<TestAuthority> _roots = [];
    private int _generation;

    public TestDomain(string name = "example.org", TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        Name = name;
        Issuer = AddRoot();
    }

    public string Name { get; }

    public DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>What signs the leaves.</summary>
    public TestAuthority Issuer { get; private set; }

    /// <summary>The roots in DER, one after the other.</summary>
    public ByteString Bundle => ByteString.CopyFrom([.. _roots.SelectMany(root => root.Certificate)]);

    public string Id(string path) => $"spiffe://{Name}{path}";

    /// <summary>Publishes another root beside those there are.</summary>
    /// <returns>Its intermediate, which does not sign yet.</returns>
    public TestAuthority AddRoot()
    {
        var root = TestAuthority.CreateRoot(Lasting, $"root {Name} {_generation}");
        _roots.Add(root);
        return root.CreateIntermediate(Lasting, $"intermediate {Name} {_generation++}");
    }

    public void Activate(TestAuthority issuer) => Issuer = issuer;

    public void RemoveOldestRoot() => _roots.RemoveAt(0);

    /// <summary>An SVID as the Workload API has it.</summary>
    public X509SVID Issue(
        string path, TimeSpan? lifetime = null, string hint = "", Func<CertificateShape, CertificateShape>? change = null, AsymmetricAlgorithm? key = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        key ??= own;
        var publicKey = key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);
        var shape = CertificateShape.Leaf(Id(path)) with { NotBefore = Whole(Now.AddMinutes(-1)), NotAfter = Whole(Now + (lifetime ?? TimeSpan.FromHours(1))) };
        return new X509SVID
        {
            SpiffeId = Id(path),
            X509Svid = ByteString.CopyFrom([.. Issuer.Sign(publicKey, change is null ? shape : change(shape)), .. Issuer.Certificate]),
            X509SvidKey = ByteString.CopyFrom(key.ExportPkcs8PrivateKey()),
            Bundle = Bundle,
            Hint = hint,
        };
    }

    /// <summary>A response with one SVID.</summary>
    public X509SVIDResponse Response(string path, TimeSpan? lifetime = null) => new() { Svids = { Issue(path, lifetime) } };

    public void Dispose()
    {
        Issuer.Dispose();
        _roots.ForEach(root => root.Dispose());
    }

    private CertificateShape Lasting(CertificateShape shape) => shape with { NotBefore = Whole(Now.AddDays(-1)), NotAfter = Whole(Now.AddDays(30)) };

    private static DateTimeOffset Whole(DateTimeOffset time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond), time.Offset);
}
