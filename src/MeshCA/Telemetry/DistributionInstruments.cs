namespace MeshCA.Telemetry;

/// <summary>The instruments of leadership and of the distribution of the trust bundle; rows of <see cref="Instruments"/>.</summary>
internal static class DistributionInstruments
{
    /// <summary>Whether this replica may sign.</summary>
    public static readonly InstrumentDefinition Leading = Instruments.Gauge(
        "meshca_leader", "1 while this replica leads and may sign, else 0; absent where no lease is configured.");

    /// <summary>Namespaces that get the bundle.</summary>
    public static readonly InstrumentDefinition Namespaces = Instruments.Gauge(
        "meshca_distribution_namespaces", "Namespaces that the trust bundle is written into, by cluster; shown by the leader.", "cluster");

    /// <summary>Those that lack it.</summary>
    public static readonly InstrumentDefinition NamespacesBehind = Instruments.Gauge(
        "meshca_distribution_namespaces_behind", "Those of them whose config map does not hold the published trust bundle.", "cluster");

    /// <summary>What others keep writing over.</summary>
    public static readonly InstrumentDefinition Contested = Instruments.Gauge(
        "meshca_distribution_contested", "Config maps that somebody else keeps writing over, so that they are repaired with pauses only.", "cluster");

    /// <summary>Writes.</summary>
    public static readonly InstrumentDefinition Writes = Instruments.Counter(
        "meshca_distribution_writes_total", "Config maps and webhooks written, by cluster and outcome: ok, forbidden, failed.", "cluster", "outcome");

    /// <summary>Others' writes.</summary>
    public static readonly InstrumentDefinition Overwritten = Instruments.Counter(
        "meshca_distribution_overwritten_total", "Times that a config map or webhook was found changed or deleted after it was written.", "cluster");

    /// <summary>The whole table.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All =
        [Leading, Namespaces, NamespacesBehind, Contested, Writes, Overwritten];
}
