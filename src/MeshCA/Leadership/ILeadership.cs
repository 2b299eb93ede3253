namespace MeshCA.Leadership;

/// <summary>Which of several replicas leads. Says so of this one only while it is certain: the lease's time is counted from before it was asked for.</summary>
internal interface ILeadership
{
    /// <summary>Names the time of leading: another number each time this replica becomes the leader; null while it does not lead.</summary>
    long? Term { get; }

    /// <summary>Who leads, as far as is known; for people.</summary>
    string? Leader { get; }

    /// <summary>Completes when this replica becomes the leader or ceases to be it.</summary>
    /// <param name="known">The term that the caller knows of.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task WaitForChangeAsync(long? known, CancellationToken cancellationToken);
}

/// <summary>Of a service that runs alone.</summary>
internal sealed class SoleLeadership : ILeadership
{
    /// <inheritdoc />
    public long? Term => 1;

    /// <inheritdoc />
    public string? Leader => null;

    /// <inheritdoc />
    public Task WaitForChangeAsync(long? known, CancellationToken cancellationToken) =>
        known == Term ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask;
}
