using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.Benchmarks.Storage;

/// <summary>Leaves' records as a mesh of 20,000 identities makes them, with every field filled.</summary>
internal sealed class SampleRecords
{
    private readonly SpiffeId[] _subjects =
        [.. Enumerable.Range(0, 20_000).Select(i => SpiffeId.Parse($"spiffe://td/ns/namespace-{i % 50}/sa/account-{i}"))];

    private int _next;

    /// <summary>The record of a leaf issued at a time.</summary>
    public IssuanceRecord Next(DateTimeOffset issuedAt)
    {
        var serial = SerialNumber.Draw();
        return new()
        {
            Kind = CertificateKind.Leaf,
            Serial = serial,
            Subject = _subjects[_next++ % _subjects.Length],
            Certificate = Fingerprint.Of(serial.ToByteArray()),
            Key = Fingerprint.Of("key"u8),
            NotBefore = issuedAt.AddSeconds(-120),
            NotAfter = issuedAt.AddDays(1),
            RequestedLifetime = TimeSpan.FromDays(1),
            Authority = "00112233445566778899aabbccddeeff00112233",
            Evidence = new AuthenticationEvidence
            {
                Authenticator = "jwt:cluster-1",
                TokenTime = issuedAt,
                TokenId = "0b6f3a52-5f1c-4a8e-a6c2-33d2f1f9a111",
                Cluster = "cluster-1",
                PodName = "web-5d4f8c7b9-abcde",
                PodUid = "5f1c36d3-0d0e-4a8e-a6c2-33d2f1f9a111",
                NodeName = "node-1.example.internal",
            },
            BundleSequence = 1,
            Peer = "ipv4:10.1.2.3:47110",
            IssuedAt = issuedAt,
        };
    }
}
