using System.Globalization;

namespace MeshCA.Consumers;

/// <summary>Somebody who reports which trust bundle it has put to use.</summary>
internal sealed record Consumer
{
    /// <summary>How it reports.</summary>
    public required ConsumerKind Kind { get; init; }

    /// <summary>The SPIFFE ID it proved.</summary>
    public required string Identity { get; init; }

    /// <summary>Which of those with this identity: the name a stream was opened with; a poller's pod or address.</summary>
    public required string Instance { get; init; }

    /// <summary>The pod that its token or certificate was issued to; null where that is unknown.</summary>
    public string? PodUid { get; init; }

    /// <summary>The address it last called from, without the port.</summary>
    public required string Peer { get; init; }

    /// <summary>The bundle sequence that it said it has in use; 0: none.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was last heard of.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>Whether its stream is open now.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Who lacks a bundle behind it, as it said last; null: it said nothing of the kind, or acknowledged that bundle since.</summary>
    public ConsumerBehind? Behind { get; init; }

    /// <summary>The revision of the bans and revocations that it acknowledged last; 0: none yet; null: it acknowledges none.</summary>
    public long? Revocations { get; init; }

    /// <summary>Which consumer it is.</summary>
    public ConsumerId Id => new(Identity, Instance, Kind);

    /// <summary>The holder of leaves that it is too.</summary>
    public HolderKey Holder => HolderKey.Of(Identity, PodUid, Peer);
}

/// <summary>What a consumer says of those behind it that lack a bundle. Untrusted, bounded by whoever read it.</summary>
/// <param name="Count">How many they are.</param>
/// <param name="Examples">Some of them.</param>
internal sealed record ConsumerBehind(int Count, IReadOnlyList<string> Examples)
{
    /// <summary>Most examples that outlive the stream on which they were told.</summary>
    public const int MaxKeptExamples = 2;

    /// <summary>The bundle that they lack.</summary>
    public long Sequence { get; init; }

    /// <summary>The bundle that is in use everywhere behind it, as it says; 0: none is known; null: it does not say, and counts as having the one before.</summary>
    public long? InUse { get; init; }

    /// <summary>Since when it says so without a break.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When it said so last.</summary>
    public DateTimeOffset SaidAt { get; init; }

    /// <summary>The same with no more examples than are kept once its stream has ended: the texts are a client's, and stay for as long as it is remembered.</summary>
    public ConsumerBehind Shorten() => Examples.Count <= MaxKeptExamples ? this : this with { Examples = [.. Examples.Take(MaxKeptExamples)] };

    /// <summary>Whether another says the same, be it at another time.</summary>
    public bool SaysTheSameAs(ConsumerBehind? other) =>
        other is not null && (Count, Sequence, InUse, Since) == (other.Count, other.Sequence, other.InUse, other.Since) && Examples.SequenceEqual(other.Examples);

    /// <inheritdoc />
    public bool Equals(ConsumerBehind? other) => SaysTheSameAs(other) && SaidAt == other!.SaidAt; // not null: it says the same

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Count, Sequence, Since, SaidAt);

    /// <summary>All of it in one line, with its age; not made printable.</summary>
    /// <param name="now">The present.</param>
    public string Describe(DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture, $"{Count} behind it for {Age(now - Since)}, said {Age(now - SaidAt)} ago: {string.Join("; ", Examples)}");

    // Two units at most: nobody counts the seconds of days.
    private static string Age(TimeSpan time) =>
        time < TimeSpan.FromMinutes(1) ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)time.TotalSeconds)} s")
        : time < TimeSpan.FromHours(1) ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min");
}

/// <summary>Tells consumers apart, in the order in which they are listed. The default is nobody.</summary>
internal readonly record struct ConsumerId(string Identity, string Instance, ConsumerKind Kind) : IComparable<ConsumerId>
{
    /// <summary>Longest instance name.</summary>
    public const int MaxInstanceLength = 255;

    public static bool operator <(ConsumerId left, ConsumerId right) => left.CompareTo(right) < 0;

    public static bool operator >(ConsumerId left, ConsumerId right) => left.CompareTo(right) > 0;

    public static bool operator <=(ConsumerId left, ConsumerId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ConsumerId left, ConsumerId right) => left.CompareTo(right) >= 0;

    /// <inheritdoc />
    public int CompareTo(ConsumerId other)
    {
        var byIdentity = string.CompareOrdinal(Identity, other.Identity);
        var byInstance = byIdentity != 0 ? byIdentity : string.CompareOrdinal(Instance, other.Instance);
        return byInstance != 0 ? byInstance : Kind.CompareTo(other.Kind);
    }
}
