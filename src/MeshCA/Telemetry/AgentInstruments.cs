namespace MeshCA.Telemetry;

/// <summary>The instruments of the agent, on its own port; rows of <see cref="Instruments"/>.</summary>
internal static class AgentInstruments
{
    /// <summary>Requests to the CA.</summary>
    public static readonly InstrumentDefinition Requests = Instruments.Counter(
        "meshca_agent_requests_total", "Requests of the agent for SVIDs, by outcome: obtained, or why there is none.", "outcome");

    /// <summary>What it holds.</summary>
    public static readonly InstrumentDefinition SvidExpirySeconds = Instruments.Gauge(
        "meshca_agent_svid_expiry_seconds", "Seconds until an SVID that the agent serves ends, by entry.", "entry");

    /// <summary>What it lacks.</summary>
    public static readonly InstrumentDefinition EntriesWithoutSvid = Instruments.Gauge(
        "meshca_agent_entries_without_svid", "Entries for which the agent has no valid SVID.");

    /// <summary>How long it goes badly.</summary>
    public static readonly InstrumentDefinition Failures = Instruments.Gauge(
        "meshca_agent_failures_in_a_row", "Requests for SVIDs that failed since the last success, by entry.", "entry");

    /// <summary>The bundle in use.</summary>
    public static readonly InstrumentDefinition BundleSequence = Instruments.Gauge(
        "meshca_agent_bundle_sequence_acknowledged", "Sequence of the trust bundle that the agent told the CA is in use; absent before the first.");

    /// <summary>The stream.</summary>
    public static readonly InstrumentDefinition BundleStreamOpen = Instruments.Gauge(
        "meshca_agent_bundle_stream_open", "1 while the CA's stream of the trust bundle is open, else 0.");

    /// <summary>Ends of the stream.</summary>
    public static readonly InstrumentDefinition BundleStreamEnds = Instruments.Counter(
        "meshca_agent_bundle_stream_ends_total", "Ends of the bundle stream, by status code.", "code");

    /// <summary>Bundles that were not taken.</summary>
    public static readonly InstrumentDefinition BundlesRefused = Instruments.Counter(
        "meshca_agent_bundles_refused_total", "Bundles of the CA that broke a rule, so that the last good one serves on.");

    /// <summary>JWT-SVIDs.</summary>
    public static readonly InstrumentDefinition JwtRequests = Instruments.Counter(
        "meshca_agent_jwt_requests_total", "JWT-SVIDs that workloads asked for, by outcome: cached, minted, or the CA's status code.", "outcome");

    /// <summary>Files.</summary>
    public static readonly InstrumentDefinition FileWrites = Instruments.Counter(
        "meshca_agent_file_writes_total", "Sets of files that were to be written, by outcome: written, failed.", "outcome");

    /// <summary>Reloads.</summary>
    public static readonly InstrumentDefinition Reloads = Instruments.Counter(
        "meshca_agent_reloads_total", "Reload commands and signals after files were written, by outcome: done, failed.", "outcome");

    /// <summary>The whole table.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All =
    [
        Requests, SvidExpirySeconds, EntriesWithoutSvid, Failures, BundleSequence, BundleStreamOpen, BundleStreamEnds, BundlesRefused,
        JwtRequests, FileWrites, Reloads,
    ];
}
