namespace MeshCA.Consumers;

/// <summary>How far a state of the bans and revocations has got, counted at one moment.</summary>
internal sealed record RevocationReach
{
    /// <summary>Consumers that acknowledge states.</summary>
    public required int Consumers { get; init; }

    /// <summary>Those of them that have this one or a later one in force.</summary>
    public required int InForce { get; init; }

    /// <summary>When the last of these said so, from the order on; null: nobody did since.</summary>
    public TimeSpan? LastAfter { get; init; }

    /// <summary>Those that lack it, without the banned ones: whose stream is open first, then one of each identity in turn.</summary>
    public required IReadOnlyList<Consumer> Unreached { get; init; }

    /// <summary>Those that lack it, whose stream is open and whose own identity is banned: in the same order.</summary>
    public required IReadOnlyList<Consumer> Banned { get; init; }

    /// <summary>Consumers with an open stream that acknowledge no states.</summary>
    public required int Silent { get; init; }

    /// <summary>Those that lack it, whose stream is open and whose identity is not banned.</summary>
    public int Late => Unreached.Count(consumer => consumer.IsConnected);

    /// <summary>Counts; pure.</summary>
    /// <param name="live">The consumers that are not gone.</param>
    /// <param name="revision">The state's revision.</param>
    /// <param name="isBanned">Whether an identity is banned, by SPIFFE ID.</param>
    public static RevocationReach Of(IReadOnlyList<Consumer> live, long revision, Func<string, bool> isBanned)
    {
        var acknowledging = live.Where(consumer => consumer.Revocations is not null).ToList();
        var unreached = InTurn(acknowledging.Where(consumer => consumer.Revocations < revision))
            .ToLookup(consumer => consumer.IsConnected && isBanned(consumer.Identity));
        return new()
        {
            Consumers = acknowledging.Count,
            InForce = acknowledging.Count(consumer => consumer.Revocations >= revision),
            Unreached = [.. unreached[false]],
            Banned = [.. unreached[true]],
            Silent = live.Count(consumer => consumer is { Kind: ConsumerKind.Stream, Revocations: null, IsConnected: true }),
        };
    }

    // Only the first of them are shown: one identity with many instances must not hide the others.
    private static IEnumerable<Consumer> InTurn(IEnumerable<Consumer> consumers) => consumers
        .GroupBy(consumer => consumer.Identity, StringComparer.Ordinal)
        .SelectMany(same => same.OrderBy(consumer => consumer.IsConnected ? 0 : 1).ThenBy(consumer => consumer.Id).Select((consumer, turn) => (consumer, turn)))
        .OrderBy(each => each.consumer.IsConnected ? 0 : 1).ThenBy(each => each.turn).ThenBy(each => each.consumer.Id)
        .Select(each => each.consumer);
}
