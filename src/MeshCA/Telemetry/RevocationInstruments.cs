namespace MeshCA.Telemetry;

/// <summary>The instruments of bans, revocations and their lists.</summary>
internal static class RevocationInstruments
{
    private static readonly double[] ReachBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>The revision in force.</summary>
    public static readonly InstrumentDefinition Revision = Instruments.Gauge(
        "meshca_revocation_revision", "Revision of the bans, revocations and lists in force.");

    /// <summary>What is revoked.</summary>
    public static readonly InstrumentDefinition Revocations = Instruments.Gauge(
        "meshca_revocations", "Bans and revocations by kind: identity, prefix, certificate, key, authority.", "kind");

    /// <summary>When lists end.</summary>
    public static readonly InstrumentDefinition ListEnd = Instruments.Gauge(
        "meshca_crl_next_update_timestamp", "When the revocation list of an authority ends, in seconds since 1970.", "authority");

    /// <summary>What is wrong.</summary>
    public static readonly InstrumentDefinition ListsMissing = Instruments.Gauge(
        "meshca_crl_faults", "Authorities without a revocation list, or with one that is not as it should be.");

    /// <summary>Rounds that failed.</summary>
    public static readonly InstrumentDefinition ListFailures = Instruments.Counter(
        "meshca_crl_failures_total", "Rounds in which revocation lists could not be published.");

    /// <summary>Who has them in force.</summary>
    public static readonly InstrumentDefinition Consumers = Instruments.Gauge(
        "meshca_revocation_consumers",
        "Consumers of the bundle stream by how they stand to the revision in force: in_force, late (connected without it), away, banned (late, and banned itself), or silent (they acknowledge none).",
        "standing");

    /// <summary>How long an order takes to get everywhere.</summary>
    public static readonly InstrumentDefinition ReachSeconds = Instruments.Histogram(
        "meshca_revocation_reach_seconds",
        "Seconds from an administrator's order to the last connected consumer that has it in force, where all had it while the order waited for them.",
        ReachBounds);

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All = [Revision, Revocations, ListEnd, ListsMissing, ListFailures, Consumers, ReachSeconds];
}
