namespace MeshCA.Telemetry;

/// <summary>The instruments of bans, revocations and their lists.</summary>
internal static class RevocationInstruments
{
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

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All = [Revision, Revocations, ListEnd, ListsMissing, ListFailures];
}
