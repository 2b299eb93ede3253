using MeshCA.Federation;
using MeshCA.Registration;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Federation;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Federation;

/// <summary>Relationships and bundles as tests need them.</summary>
internal static class Peers
{
    public static readonly TrustDomain Own = MeshAuthority.TrustDomain;

    public static readonly PermittedTrustDomains OwnDomains = MeshAuthority.TrustDomains;

    public static readonly TrustDomain Other = TrustDomain.Parse("other.org");

    public static readonly FederationSettings Settings = new()
    {
        Limits = new RefreshLimits(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)),
        FetchTimeout = TimeSpan.FromSeconds(10),
        EndAlarm = TimeSpan.FromDays(7),
    };

    public static FederationRelationship Web(string name = "other.org", string? url = null)
    {
        Assert.True(FederationRelationship.TryCreate(
            TrustDomain.Parse(name), url ?? $"https://{name}/", EndpointProfile.HttpsWeb, null, out var relationship, out _));
        return relationship;
    }

    public static FederationRelationship Spiffe(string name = "other.org", string? endpoint = null, string url = "https://127.0.0.1:8443/")
    {
        Assert.True(FederationRelationship.TryCreate(
            TrustDomain.Parse(name), url, EndpointProfile.HttpsSpiffe, SpiffeId.Parse(endpoint ?? $"spiffe://{name}/bundles"), out var relationship, out _));
        return relationship;
    }

    public static FederationOrder Order(FederationRelationship relationship, byte[]? bootstrap = null) =>
        new(relationship, "uid:0", "partners") { Bootstrap = bootstrap ?? [] };

    /// <summary>A bundle document.</summary>
    public static byte[] Document(string name, ulong? sequence, TimeSpan? hint, params TestAuthority[] authorities)
    {
        Assert.True(X509Bundle.TryCreate(
            TrustDomain.Parse(name), [.. authorities.Select(authority => (ReadOnlyMemory<byte>)authority.Certificate)], out var bundle, out _));
        return SpiffeBundleWriter.Write(new TrustBundle(bundle, sequence, hint));
    }

    public static TrustBundle Read(byte[] document, string name = "other.org")
    {
        Assert.True(SpiffeBundleReader.TryRead(TrustDomain.Parse(name), document, out var bundle, out _));
        return bundle;
    }

    /// <summary>A state with one more peer.</summary>
    public static StoredFederation With(StoredFederation stored, FederationOrder order) =>
        Assert.IsType<FederationPlan.Planned>(FederationPlanner.Add(stored, order, OwnDomains, StoreSamples.Now)).Next with { Revision = stored.Revision + 1 };
}
