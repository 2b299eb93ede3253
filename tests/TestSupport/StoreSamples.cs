using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using SpiffeIdentity;

namespace TestSupport;

/// <summary>Records, events and authorities with every field filled, for tests and benchmarks of the store.</summary>
internal static class StoreSamples
{
    public static DateTimeOffset Now { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IssuanceRecord Leaf(DateTimeOffset? at = null, string subject = "spiffe://td/ns/a/sa/b", TimeSpan? lifetime = null)
    {
        var issuedAt = at ?? Now;
        var serial = SerialNumber.Draw();
        return new()
        {
            Kind = CertificateKind.Leaf,
            Serial = serial,
            Subject = SpiffeId.Parse(subject),
            Certificate = Fingerprint.Of(serial.ToByteArray()),
            Key = Fingerprint.Of("key"u8),
            NotBefore = issuedAt.AddSeconds(-120),
            NotAfter = issuedAt + (lifetime ?? TimeSpan.FromHours(24)),
            RequestedLifetime = TimeSpan.FromHours(24),
            Authority = "00112233445566778899aabbccddeeff00112233",
            Evidence = new()
            {
                Authenticator = "jwt:cluster-1",
                TokenTime = issuedAt,
                TokenId = "0b6f3a52-token",
                Cluster = "cluster-1",
                PodName = "web-0",
                PodUid = "5f1c36d3-0d0e-4a8e-a6c2-33d2f1f9a111",
                NodeName = "node-1",
            },
            BundleSequence = 7,
            Peer = "ipv4:10.1.2.3:4711",
            IssuedAt = issuedAt,
        };
    }

    /// <summary>A JWT-SVID; the leaf's serial is its <c>jti</c>.</summary>
    public static IssuanceRecord Token(DateTimeOffset? at = null, string subject = "spiffe://td/ns/a/sa/b", string audience = "api\nother") =>
        Leaf(at, subject, TimeSpan.FromMinutes(5)) with { Kind = CertificateKind.JwtSvid, Audience = audience, NotBefore = at ?? Now };

    public static IssuanceRecord Root(DateTimeOffset? at = null) => Leaf(at, lifetime: TimeSpan.FromDays(3650)) with
    {
        Kind = CertificateKind.Root,
        Subject = null,
        Evidence = null,
        Peer = null,
        RequestedLifetime = TimeSpan.Zero,
        BundleSequence = 0,
    };

    public static AuditEvent Event(string action = "csr.refused", DateTimeOffset? at = null, string detail = "too long") => new()
    {
        Time = at ?? Now,
        Action = action,
        Actor = "spiffe://td/ns/a/sa/b",
        Target = "spiffe://td/ns/a/sa/b",
        Outcome = "refused",
        Detail = detail,
    };

    public static AuthorityRecord Authority(string id, AuthorityKind kind = AuthorityKind.Root) => new()
    {
        Id = id,
        Kind = kind,
        State = AuthorityState.Active,
        Issuer = id,
        Certificate = new byte[] { 0x30, 1, 2 },
        CreatedAt = Now,
    };

    /// <summary>What stands for a private key; a new buffer each time, since it is zeroed after use.</summary>
    public static byte[] PrivateKey() => [9, 8, 7, 6, 5, 4, 3, 2, 1];

    public static AuthorityChange FirstChange(string id = "aa11") => new()
    {
        ExpectedRevision = 0,
        Added = [Authority(id)],
        KeysToSeal = new Dictionary<string, Pkcs8PrivateKey> { [id] = new(PrivateKey()) },
        ChangesBundle = true,
        Issued = [Root()],
        Audit = Event("authority.created"),
    };
}
