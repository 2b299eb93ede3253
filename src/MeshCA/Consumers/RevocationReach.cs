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

    /// <summary>Those that lack it: whose stream is open first, then in the order of their ids.</summary>
    public required IReadOnlyList<Consumer> Unreached { get; init; }

    /// <summary>Consumers with an open stream that acknowledge no states.</summary>
    public required int Silent { get; init; }

    /// <summary>Those that lack it, and whose stream is open.</summary>
    public int Late => Unreached.Count(consumer => consumer.IsConnected);

    /// <summary>Counts; pure.</summary>
    /// <param name="live">The consumers that are not gone.</param>
    /// <param name="revision">The state's revision.</param>
    public static RevocationReach Of(IReadOnlyList<Consumer> live, long revision)
    {
        var acknowledging = live.Where(consumer => consumer.Revocations is not null).ToList();
        return new()
        {
            Consumers = acknowledging.Count,
            InForce = acknowledging.Count(consumer => consumer.Revocations >= revision),
            Unreached =
            [
                .. acknowledging.Where(consumer => consumer.Revocations < revision)
                    .OrderBy(consumer => consumer.IsConnected ? 0 : 1).ThenBy(consumer => consumer.Id),
            ],
            Silent = live.Count(consumer => consumer is { Kind: ConsumerKind.Stream, Revocations: null, IsConnected: true }),
        };
    }
}
