using MeshCA.Consumers;
using MeshCA.Issuance;
using SpiffeIdentity;
using TestSupport;

namespace MeshCA.Tests.Consumers;

/// <summary>Leaves, consumers and where they are read from.</summary>
internal static class Fleet
{
    public const string Web = "spiffe://td/ns/a/sa/web";

    public static DateTimeOffset Now => StoreSamples.Now;

    /// <summary>A record of a leaf.</summary>
    public static IssuanceRecord Record(
        string subject = Web, string? pod = null, string peer = "ipv4:10.0.0.1:4711", long bundle = 1,
        DateTimeOffset? at = null, TimeSpan? life = null, string authority = "aa")
    {
        var leaf = StoreSamples.Leaf(at ?? Now, subject, life ?? TimeSpan.FromHours(1));
        return leaf with
        {
            Subject = SpiffeId.Parse(subject),
            Evidence = leaf.Evidence! with { PodUid = pod },
            Peer = peer,
            BundleSequence = (ulong)bundle,
            Authority = authority,
        };
    }

    /// <summary>What the inventory takes from a record.</summary>
    public static LeafFacts Facts(long sequence, IssuanceRecord record) => new(
        sequence,
        HolderKey.Of(record.Subject!.ToString(), record.Evidence?.PodUid, record.Peer),
        record.Authority,
        record.IssuedAt.ToUnixTimeSeconds(),
        record.NotAfter.ToUnixTimeSeconds(),
        (long)record.BundleSequence);

    public static Consumer Stream(
        string identity = Web, string instance = "one", string? pod = null, string peer = "ipv4:10.0.0.1", long sequence = 0,
        DateTimeOffset? at = null) => new()
        {
            Kind = ConsumerKind.Stream,
            Identity = identity,
            Instance = instance,
            PodUid = pod,
            Peer = peer,
            Sequence = sequence,
            LastSeen = at ?? Now,
        };
}
