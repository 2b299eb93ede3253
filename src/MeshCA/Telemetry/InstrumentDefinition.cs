namespace MeshCA.Telemetry;

/// <summary>What an instrument of ours is: the row of docs/metrics.md that describes it.</summary>
/// <param name="Name">The name, exactly as it is exposed.</param>
/// <param name="Type">Counter, gauge or histogram.</param>
/// <param name="Labels">Its labels, in the order in which they are recorded.</param>
/// <param name="Help">What it measures, with the unit.</param>
/// <param name="Buckets">Upper bounds of a histogram's buckets; empty for others.</param>
internal sealed record InstrumentDefinition(
    string Name, MetricType Type, IReadOnlyList<string> Labels, string Help, IReadOnlyList<double> Buckets);
