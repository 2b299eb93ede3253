using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Spiffe.Wire.Workload;
using TestSupport;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>A trust domain for tests: a root, an intermediate that signs leaves, and rotation with overlap.</summary>
internal sealed class TestDomain : IDisposable
{
    private readonly List<TestAuthority> _roots = [];
    private int _generation;

    public TestDomain(string name = "example.org", TimeProvider? clock = null)
    {
        Clock = clock ?? TimeProvider.System;
        Name = name;
        Issuer = AddRoot();
    }

    public string Name { get; }

    public TimeProvider Clock { get; set; }

    public DateTimeOffset Now => Clock.GetUtcNow();

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

    /// <summary>A revocation list of what signs the leaves, in DER; its signature is left out, as nobody looks at it.</summary>
    public ByteString RevocationList(params byte[][] serials)
    {
        using var issuer = X509CertificateLoader.LoadCertificate(Issuer.Certificate);
        return RevocationList(issuer.SubjectName.RawData, serials);
    }

    public static ByteString RevocationList(byte[] issuer, params byte[][] serials)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                WriteAlgorithm(writer);
                writer.WriteEncodedValue(issuer);
                writer.WriteUtcTime(TestAuthority.Now);
                writer.WriteUtcTime(TestAuthority.Now.AddDays(1));
                if (serials.Length > 0)
                {
                    using var entries = writer.PushSequence();
                    foreach (var serial in serials)
                    {
                        using var entry = writer.PushSequence();
                        writer.WriteIntegerUnsigned(serial);
                        writer.WriteUtcTime(TestAuthority.Now);
                    }
                }
            }

            WriteAlgorithm(writer);
            writer.WriteBitString([0]);
        }

        return ByteString.CopyFrom(writer.Encode());
    }

    public void Dispose()
    {
        Issuer.Dispose();
        _roots.ForEach(root => root.Dispose());
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using var algorithm = writer.PushSequence();
        writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
    }

    private CertificateShape Lasting(CertificateShape shape) => shape with { NotBefore = Whole(Now.AddDays(-1)), NotAfter = Whole(Now.AddDays(30)) };

    private static DateTimeOffset Whole(DateTimeOffset time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond), time.Offset);
}
