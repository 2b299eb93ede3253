namespace MeshCA.Telemetry;

/// <summary>The instruments of federated trust domains; the label <c>trust_domain</c> has at most 256 values.</summary>
internal static class FederationInstruments
{
    /// <summary>How many there are.</summary>
    public static readonly InstrumentDefinition Peers = Instruments.Gauge(
        "meshca_federation_peers", "Federated trust domains by status: ok, stale (the last fetch failed), alarm.", "status");

    /// <summary>Fetches.</summary>
    public static readonly InstrumentDefinition Polls = Instruments.Counter(
        "meshca_federation_polls_total",
        "Fetches of a federated trust domain's bundle by outcome: updated, unchanged, gone, or the name of what failed.",
        "trust_domain",
        "outcome");

    /// <summary>How old bundles are.</summary>
    public static readonly InstrumentDefinition Age = Instruments.Gauge(
        "meshca_federation_bundle_age_seconds", "Time since a fetch last showed that the bundle of a federated trust domain is current.", "trust_domain");

    /// <summary>How long bundles are good.</summary>
    public static readonly InstrumentDefinition End = Instruments.Gauge(
        "meshca_federation_bundle_end_timestamp", "When the last authority of a federated trust domain's bundle ends, in seconds since 1970.", "trust_domain");

    /// <summary>What is wrong.</summary>
    public static readonly InstrumentDefinition Alarms = Instruments.Gauge(
        "meshca_federation_alarms", "1 for each thing that is wrong with a federated trust domain; see docs/federation.md.", "trust_domain", "alarm");

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All = [Peers, Polls, Age, End, Alarms];
}
