using System.Text.Json.Serialization;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Consumers;

/// <summary>What <c>meshca consumer list</c> prints.</summary>
/// <param name="PublishedSequence">The sequence of the bundle that is published now.</param>
/// <param name="Total">How many consumers match.</param>
/// <param name="Consumers">As many as were asked for.</param>
/// <param name="RevocationsRevision">The revision of the bans and revocations in force; 0: the service is older, and does not say.</param>
internal sealed record ConsumerListReport(long PublishedSequence, int Total, IReadOnlyList<ConsumerRow> Consumers, long RevocationsRevision);

/// <summary>One consumer.</summary>
internal sealed record ConsumerRow
{
    /// <summary>The SPIFFE ID.</summary>
    public required string Identity { get; init; }

    /// <summary>Which of those with that identity.</summary>
    public required string Instance { get; init; }

    /// <summary>How it reports.</summary>
    public required string Kind { get; init; }

    /// <summary>The UID of its pod; empty where that is unknown.</summary>
    public required string PodUid { get; init; }

    /// <summary>Its address.</summary>
    public required string Peer { get; init; }

    /// <summary>The bundle sequence it has in use.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was last heard of.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>Whether its stream is open.</summary>
    public required bool Connected { get; init; }

    /// <summary>How many programs and files behind it lack a bundle, as it said last; 0: it said nothing of the kind.</summary>
    public required long Behind { get; init; }

    /// <summary>The bundle that they lack; 0: none, or the service is older.</summary>
    public required long BehindSequence { get; init; }

    /// <summary>Since when it says so; null: it does not, or the service is older.</summary>
    public DateTimeOffset? BehindSince { get; init; }

    /// <summary>When it said so last.</summary>
    public DateTimeOffset? BehindSaid { get; init; }

    /// <summary>The revision of the bans and revocations that it has in force; null: it acknowledges none.</summary>
    public long? RevocationsRevision { get; init; }

    /// <summary>Some of them, as it describes them.</summary>
    public required IReadOnlyList<string> BehindExamples { get; init; }

    /// <summary>Takes one off the wire.</summary>
    public static ConsumerRow Of(Consumer consumer) => new()
    {
        Identity = consumer.Identity,
        Instance = consumer.Instance,
        Kind = consumer.Kind.ToString(),
        PodUid = consumer.PodUid,
        Peer = consumer.Peer,
        Sequence = consumer.Sequence,
        LastSeen = consumer.LastSeen.ToDateTimeOffset(),
        Connected = consumer.Connected,
        Behind = consumer.Behind,
        BehindExamples = [.. consumer.BehindExamples],
        BehindSequence = consumer.BehindSequence,
        BehindSince = consumer.BehindSince?.ToDateTimeOffset(),
        BehindSaid = consumer.BehindSaid?.ToDateTimeOffset(),
        RevocationsRevision = consumer.HasRevocationsRevision ? consumer.RevocationsRevision : null,
    };
}

/// <summary>JSON of the reports of <c>meshca consumer</c>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ConsumerListReport))]
internal sealed partial class ConsumerJson : JsonSerializerContext;
