namespace MeshCA.Consumers;

/// <summary>Keeps consumers over a restart. What was lost of the last seconds is told again by whoever reports next.</summary>
internal interface IConsumerStore
{
    /// <summary>Reads all of them.</summary>
    /// <returns>The consumers, none of them connected. One whose row was changed by something else has sequence 0: nobody vouches for what
    /// it says, and it must not be missing either.</returns>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    Task<IReadOnlyList<Consumer>> LoadConsumersAsync(CancellationToken cancellationToken);

    /// <summary>Writes changes, all in one transaction.</summary>
    /// <exception cref="Issuance.JournalUnavailableException">Nothing was written.</exception>
    Task SaveConsumersAsync(ConsumerChanges changes, CancellationToken cancellationToken);
}

/// <summary>What is to be written.</summary>
/// <param name="Saved">Consumers that are new or changed.</param>
/// <param name="Removed">Consumers that are no more.</param>
internal sealed record ConsumerChanges(IReadOnlyList<Consumer> Saved, IReadOnlyList<ConsumerId> Removed)
{
    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => Saved.Count == 0 && Removed.Count == 0;
}
