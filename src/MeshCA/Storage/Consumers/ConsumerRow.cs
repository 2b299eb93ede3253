using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using MeshCA.Consumers;

namespace MeshCA.Storage.Consumers;

/// <summary>One consumer in the form of its table's columns.</summary>
internal sealed class ConsumerRow
{
    /// <summary><see cref="ConsumerKind"/>.</summary>
    public long Kind { get; set; }

    /// <summary>The SPIFFE ID.</summary>
    public string Identity { get; set; } = "";

    /// <summary>Which of those with this identity.</summary>
    public string Instance { get; set; } = "";

    /// <summary>Its pod's UID.</summary>
    public string? PodUid { get; set; }

    /// <summary>Its address.</summary>
    public string Peer { get; set; } = "";

    /// <summary>The bundle sequence in use.</summary>
    public long Sequence { get; set; }

    /// <summary>When it was last heard of, microseconds.</summary>
    public long SeenAt { get; set; }

    /// <summary>What it said beside that, as <see cref="StoredWords"/> writes it; null: nothing.</summary>
    public string? Words { get; set; }

    /// <summary>Seals all of the above.</summary>
    public byte[] Seal { get; set; } = [];

    /// <summary>Takes a consumer; the seal follows.</summary>
    public static ConsumerRow From(Consumer consumer) => new()
    {
        Kind = (long)consumer.Kind,
        Identity = StoredText.Clean(consumer.Identity),
        Instance = StoredText.Clean(consumer.Instance),
        PodUid = StoredText.CleanOrNull(consumer.PodUid),
        Peer = StoredText.Clean(consumer.Peer),
        Sequence = consumer.Sequence,
        SeenAt = StoredTime.ToMicroseconds(consumer.LastSeen),
        Words = StoredWords.Of(consumer),
    };

    /// <summary>The consumer.</summary>
    public Consumer ToConsumer() => StoredWords.Read(Words, new()
    {
        Kind = (ConsumerKind)Math.Clamp(Kind, int.MinValue, int.MaxValue),
        Identity = Identity,
        Instance = Instance,
        PodUid = PodUid,
        Peer = Peer,
        Sequence = Sequence,
        LastSeen = StoredTime.FromMicroseconds(SeenAt),
    });

    /// <summary>Writes what the seal is over.</summary>
    public void Encode(CanonicalWriter writer)
    {
        writer
            .Number(Kind)
            .Text(Identity)
            .Text(Instance)
            .Text(PodUid)
            .Text(Peer)
            .Number(Sequence)
            .Number(SeenAt);

        // Rows of before have none, and are sealed without.
        if (Words is not null)
        {
            writer.Text(Words);
        }
    }
}
