using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.Registration;
using SpiffeIdentity;

namespace TestSupport;

/// <summary>Authorities and requests as the product makes them, for tests of what stands on them.</summary>
internal static class MeshAuthority
{
    public static readonly TrustDomain TrustDomain = TrustDomain.Parse("cluster.local");

    public static readonly PermittedTrustDomains TrustDomains = PermittedTrustDomains.Only(TrustDomain);

    public static readonly AuthoritySettings Settings = new()
    {
        TrustDomain = TrustDomain,
        RootKey = new KeyChoice(KeyAlgorithm.EcdsaP256),
        RootLifetime = TimeSpan.FromDays(3650),
        IntermediateKey = new KeyChoice(KeyAlgorithm.EcdsaP256),
        IntermediateLifetime = TimeSpan.FromDays(30),
        Backdate = TimeSpan.FromMinutes(2),
    };

    public static readonly LifetimePolicy Lifetimes = new()
    {
        Default = TimeSpan.FromHours(24),
        Max = TimeSpan.FromDays(15),
        AuthorityFloor = TimeSpan.FromMinutes(5),
        Backdate = TimeSpan.FromMinutes(2),
    };

    public static readonly JwtKeySettings JwtKeys = new()
    {
        IsEnabled = true,
        Key = new KeyChoice(KeyAlgorithm.EcdsaP256),
        Lifetime = TimeSpan.FromDays(7),
        Propagation = TimeSpan.FromMinutes(30),
        LongestToken = TimeSpan.FromHours(1),
    };

    /// <summary>Nothing is cut off a lifetime.</summary>
    public static readonly ChanceSource NoChance = new(() => 0);

    /// <summary>The policy that holds where none is configured.</summary>
    public static IssuanceGate Gate(TimeProvider clock) => new(IssuancePolicy.Open(Lifetimes), new IssuanceRates(clock), podLabels: null);

    /// <summary>A root that signs.</summary>
    public static SigningAuthority Root(DateTimeOffset now)
    {
        using var created = AuthorityFactory.CreateRoot(Settings, now);
        return SigningKey.TryImportPkcs8(created.PrivateKey.Der, out var key)
            && SigningAuthority.TryCreate(created.Record.Certificate.Span, key, out var root, out _)
            ? root
            : throw new InvalidOperationException("a new root cannot sign");
    }

    public static CallerIdentity Caller(string id, DateTimeOffset now, DateTimeOffset? notAfterLimit = null) => new(
        SpiffeId.Parse(id),
        new AuthenticationEvidence
        {
            Authenticator = "jwt:test",
            TokenTime = now,
            TokenId = "jti-1",
            Cluster = "Kubernetes",
            PodName = "web-0",
            PodUid = "uid-1",
            NodeName = "node-1",
            NotAfterLimit = notAfterLimit,
        });

    /// <summary>A plan that every lint accepts.</summary>
    public static CertificatePlan LeafPlan(SigningAuthority signer, SubjectPublicKey key, DateTimeOffset now) => new()
    {
        Profile = CertificateProfile.Leaf,
        Issuer = signer.Name,
        Serial = SerialNumber.Draw(),
        PublicKey = key,
        KeyIdentifier = key.DeriveKeyIdentifier(),
        SpiffeId = SpiffeId.Parse("spiffe://cluster.local/ns/default/sa/web"),
        NotBefore = now.AddMinutes(-2),
        NotAfter = now.AddHours(24),
    };
}
