using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace TestSupport;

/// <summary>Identities as an agent holds them, of an authority that is valid now.</summary>
internal sealed class SampleIdentities : IDisposable
{
    private readonly TestAuthority _root;
    private readonly TestAuthority _intermediate;

    public SampleIdentities(string trustDomain = "cluster.local", string name = "root")
    {
        Domain = TrustDomain.Parse(trustDomain);
        _root = TestAuthority.CreateRoot(Lasting, name);
        _intermediate = _root.CreateIntermediate(Lasting);
    }

    public TrustDomain Domain { get; }

    public TrustBundle Bundle => new(X509Of(_root.Certificate));

    /// <summary>The CA that signs leaves, in DER.</summary>
    public byte[] Intermediate => _intermediate.Certificate;

    public byte[] Root => _root.Certificate;

    /// <summary>An entry; without selectors it is for everybody.</summary>
    public static RegistrationEntry Entry(string name, string? id = null, params ImmutableArray<Selector> selectors) => new()
    {
        Name = name,
        Id = id is null ? null : SpiffeId.Parse(id),
        Selectors = selectors,
    };

    /// <summary>An SVID for an entry.</summary>
    public HeldSvid Hold(RegistrationEntry entry, string id)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = _intermediate.Sign(new PublicKey(key), Lasting(CertificateShape.Leaf(id)));
        return X509Svid.TryParse([leaf, _intermediate.Certificate], out var svid, out var error)
            ? new HeldSvid { Entry = entry, Svid = svid, PrivateKey = key.ExportPkcs8PrivateKey(), ObtainedAt = Now }
            : throw new InvalidOperationException($"the sample is no SVID: {error}");
    }

    /// <summary>A revocation list of the root's, in DER.</summary>
    public byte[] ListOfRoot(DateTimeOffset thisUpdate, DateTimeOffset nextUpdate) => _root.RevocationList(thisUpdate, nextUpdate);

    /// <summary>A revocation list of the CA's that signs leaves, in DER.</summary>
    public byte[] ListOfIntermediate(DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, bool isLimited = false) =>
        _intermediate.RevocationList(thisUpdate, nextUpdate, isLimited);

    /// <summary>A state of these.</summary>
    public AgentState State(long revision, params ImmutableArray<HeldSvid> svids) => new()
    {
        Revision = revision,
        Svids = svids,
        Bundle = Bundle,
        Federated = ImmutableDictionary<TrustDomain, TrustBundle>.Empty,
        RevocationLists = [],
    };

    /// <summary>Bans as an agent has them: of these identities, the first with number 1.</summary>
    public static HeldBans Banned(params string[] ids) =>
        HeldBans.Of(7, ids.Select((id, index) => TestRevocations.Ban(id, number: index + 1)), Now);

    /// <summary>A bundle of one root that has so many bytes more than it needs.</summary>
    public static TrustBundle Large(string trustDomain, int bytes)
    {
        using var root = TestAuthority.CreateRoot(
            shape => Lasting(shape) with { Extra = [new X509Extension("1.3.6.1.4.1.99999.1", new byte[bytes], critical: false)] });
        return X509Bundle.TryCreate(TrustDomain.Parse(trustDomain), [root.Certificate], out var bundle, out var error)
            ? new(bundle)
            : throw new InvalidOperationException($"the sample is no bundle: {error}");
    }

    public void Dispose()
    {
        _intermediate.Dispose();
        _root.Dispose();
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static CertificateShape Lasting(CertificateShape shape) => shape with { NotBefore = Now.AddMinutes(-2), NotAfter = Now.AddDays(1) };

    private X509Bundle X509Of(params ReadOnlyMemory<byte>[] roots) => X509Bundle.TryCreate(Domain, roots, out var bundle, out var error)
        ? bundle
        : throw new InvalidOperationException($"the sample is no bundle: {error}");
}
