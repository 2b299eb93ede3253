namespace MeshCA.Telemetry;

/// <summary>The instruments of the decision API and its log: the part of <see cref="Instruments"/> about decisions.</summary>
internal static class DecisionInstruments
{
    private static readonly double[] DecisionBounds =
        [0.00000025, 0.0000005, 0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.0001, 0.001, 0.01, 0.1];

    /// <summary>Decisions made.</summary>
    public static readonly InstrumentDefinition Decisions = Instruments.Counter(
        "meshca_decisions_total",
        "Decisions made: allow or deny, the action of the rule that determined them (NONE: no rule), and the reason.",
        "decision",
        "action",
        "reason");

    /// <summary>Decisions by what determined them.</summary>
    public static readonly InstrumentDefinition PolicyDecisions = Instruments.Counter(
        "meshca_policy_decisions_total",
        "Decisions that a resource determined, by the resource; those beyond `DecisionLog:MaxPolicyLabels` count as `other`.",
        "policy",
        "decision");

    /// <summary>What dry-run policies would say.</summary>
    public static readonly InstrumentDefinition DryRuns = Instruments.Counter(
        "meshca_dry_run_results_total",
        "What dry-run policies would say to requests: allowed or denied, by the action of the policies.",
        "action",
        "result");

    /// <summary>Requests marked.</summary>
    public static readonly InstrumentDefinition Audited =
        Instruments.Counter("meshca_decisions_audited_total", "Decisions about requests that an AUDIT rule marked.");

    /// <summary>How long deciding takes.</summary>
    public static readonly InstrumentDefinition Seconds = Instruments.Histogram(
        "meshca_decision_seconds", "Seconds from a request's attributes to its decision, tokens verified.", DecisionBounds);

    /// <summary>Records written.</summary>
    public static readonly InstrumentDefinition RecordsWritten =
        Instruments.Counter("meshca_decision_log_records_total", "Records of the decision log that were written to its file.");

    /// <summary>Records sent.</summary>
    public static readonly InstrumentDefinition RecordsExported =
        Instruments.Counter("meshca_decision_log_exported_total", "Records of the decision log that its collector took.");

    /// <summary>Records lost.</summary>
    public static readonly InstrumentDefinition RecordsDropped = Instruments.Counter(
        "meshca_decision_log_dropped_total",
        "Records that the decision log lost, by cause: queue_full, queue_bytes, write_failed, export_backlog, export_failed, fault. What sampling leaves out is not lost.",
        "cause");

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All =
        [Decisions, PolicyDecisions, DryRuns, Audited, Seconds, RecordsWritten, RecordsExported, RecordsDropped];
}
