namespace MeshCA.Consumers;

/// <summary>Measures how far a trust bundle has come.</summary>
internal interface IFleetSource
{
    /// <summary>Measures.</summary>
    /// <param name="targetSequence">The bundle sequence to ask about.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The report; incomplete while the journal is being read the first time.</returns>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    ValueTask<FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken);

    /// <summary>Measures those that report alone: what certificates came with says nothing of JWT keys. The journal is not read.</summary>
    /// <param name="targetSequence">The bundle sequence to ask about.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The report, without holders; incomplete where reporters may be about that this process has not heard of yet.</returns>
    /// <exception cref="Issuance.JournalUnavailableException">The store cannot be read.</exception>
    ValueTask<FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken);
}
