using MeshCA.Consumers;
using MeshCA.Issuance;

namespace TestSupport;

/// <summary>A fleet of those that report, as a test says.</summary>
internal sealed class ReportingFleet(TimeProvider clock) : IFleetSource
{
    /// <summary>Which sequence each has in use, by its SPIFFE ID; the greatest number: always the newest.</summary>
    public Dictionary<string, long> Consumers { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether all that report are known.</summary>
    public bool IsComplete { get; set; } = true;

    /// <summary>How often it was measured.</summary>
    public int Measured { get; private set; }

    public ValueTask<FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("JWT keys need no holders");

    public ValueTask<FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken)
    {
        Measured++;
        var consumers = Consumers.Select(pair => new Consumer
        {
            Kind = ConsumerKind.Stream,
            Identity = pair.Key,
            Instance = "one",
            Peer = "ipv4:10.0.0.1",
            Sequence = pair.Value,
            LastSeen = clock.GetUtcNow(),
        });
        return ValueTask.FromResult(FleetReports.Of(
            targetSequence, clock.GetUtcNow(), [.. consumers], HolderCounts.None, new Dictionary<long, IssuanceRecord>(), IsComplete));
    }
}
