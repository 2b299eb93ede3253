namespace MeshCA.Telemetry;

/// <summary>Every instrument of this service, in one table. The names under <c>citadel_</c> and <c>grpc_</c> are istiod's.</summary>
internal static class Instruments
{
    private static readonly double[] LatencySeconds =
        [0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

    private static readonly double[] LifetimeSeconds =
        [60, 300, 900, 3600, 14_400, 43_200, 86_400, 172_800, 604_800, 1_296_000, 7_776_000];

    private static readonly double[] ReloadSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

    private static readonly double[] BatchRecords = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    /// <summary>Requests received, before authentication.</summary>
    public static readonly InstrumentDefinition CsrCount =
        Counter("citadel_server_csr_count", "Certificate signing requests received, counted before authentication.");

    /// <summary>Callers that proved no identity.</summary>
    public static readonly InstrumentDefinition AuthenticationFailures = Counter(
        "citadel_server_authentication_failure_count", "Requests whose caller proved no identity, refused impersonation included.");

    /// <summary>Requests of authenticated callers that ended without a certificate.</summary>
    public static readonly InstrumentDefinition SignErrors = Counter(
        "citadel_server_csr_sign_err_count",
        "Authenticated requests that got no certificate, by kind: CA_NOT_READY, CSR_ERROR, TTL_ERROR, CERT_GEN_ERROR, UNKNOWN.",
        "error");

    /// <summary>Certificates delivered.</summary>
    public static readonly InstrumentDefinition IssuanceSuccesses =
        Counter("citadel_server_success_cert_issuance_count", "Certificates issued to callers.");

    /// <summary>End of the root's validity.</summary>
    public static readonly InstrumentDefinition RootExpiryTimestamp = Gauge(
        "citadel_server_root_cert_expiry_timestamp", "End of validity of the active root, in seconds since 1970.");

    /// <summary>Time left to the root.</summary>
    public static readonly InstrumentDefinition RootExpirySeconds = Gauge(
        "citadel_server_root_cert_expiry_seconds", "Seconds until the active root ends; negative once it ended.");

    /// <summary>End of the signing authority's validity.</summary>
    public static readonly InstrumentDefinition ChainExpiryTimestamp = Gauge(
        "citadel_server_cert_chain_expiry_timestamp",
        "End of validity of the authority that signs leaves, in seconds since 1970.");

    /// <summary>Time left to the signing authority.</summary>
    public static readonly InstrumentDefinition ChainExpirySeconds = Gauge(
        "citadel_server_cert_chain_expiry_seconds",
        "Seconds until the authority that signs leaves ends; negative once it ended.");

    /// <summary>Calls answered.</summary>
    public static readonly InstrumentDefinition RpcsHandled = Counter(
        "grpc_server_handled_total", "Calls answered, by status code.", "grpc_type", "grpc_service", "grpc_method", "grpc_code");

    /// <summary>How long calls took.</summary>
    public static readonly InstrumentDefinition RpcSeconds = Histogram(
        "grpc_server_handling_seconds",
        "Seconds from a call's arrival to its status.",
        LatencySeconds,
        "grpc_type",
        "grpc_service",
        "grpc_method");

    /// <summary>Requests being worked on.</summary>
    public static readonly InstrumentDefinition CsrInFlight =
        Gauge("meshca_csr_in_flight", "Certificate signing requests being worked on.");

    /// <summary>Streaming calls that are open.</summary>
    public static readonly InstrumentDefinition StreamsOpen = Gauge("meshca_streams_open", "Streaming calls that are open.");

    /// <summary>How long the steps of issuing take.</summary>
    public static readonly InstrumentDefinition StageSeconds = Histogram(
        "meshca_csr_stage_seconds",
        "Seconds per step of issuing: authenticate, parse, plan, sign, journal, and total.",
        LatencySeconds,
        "stage");

    /// <summary>Certificates by what proved the identity.</summary>
    public static readonly InstrumentDefinition Issued = Counter(
        "meshca_certificates_issued_total", "Certificates issued, by the authenticator that proved the identity.", "authenticator");

    /// <summary>Lifetimes granted.</summary>
    public static readonly InstrumentDefinition Lifetimes = Histogram(
        "meshca_certificate_lifetime_seconds", "Lifetimes of issued certificates in seconds.", LifetimeSeconds);

    /// <summary>Requests refused.</summary>
    public static readonly InstrumentDefinition Rejected =
        Counter("meshca_csr_rejected_total", "Requests refused, by the rule that refused them.", "reason");

    /// <summary>Tokens found verified.</summary>
    public static readonly InstrumentDefinition TokenCacheHits =
        Counter("meshca_token_cache_hits_total", "Tokens found among those verified before.");

    /// <summary>Tokens that had to be verified.</summary>
    public static readonly InstrumentDefinition TokenCacheMisses =
        Counter("meshca_token_cache_misses_total", "Tokens that had to be verified.");

    /// <summary>Questions to API servers.</summary>
    public static readonly InstrumentDefinition TokenReviews = Counter(
        "meshca_token_reviews_total",
        "Tokens about which a cluster's API server was to be asked: accepted, refused, unavailable, paused (not asked, it was unreachable a moment before), offline (accepted without it).",
        "cluster",
        "outcome");

    /// <summary>How long they take.</summary>
    public static readonly InstrumentDefinition TokenReviewSeconds = Histogram(
        "meshca_token_review_seconds", "Seconds until a cluster's API server answered about a token.", LatencySeconds, "cluster");

    /// <summary>Good tokens of what is no longer there.</summary>
    public static readonly InstrumentDefinition CallersNotAlive = Counter(
        "meshca_callers_not_alive_total",
        "Good tokens that were not accepted, since pod or service account are gone, or nobody could tell.",
        "cluster",
        "reason");

    /// <summary>Node proxies that asked for others.</summary>
    public static readonly InstrumentDefinition Impersonations = Counter(
        "meshca_impersonations_total", "Requests for another's identity, by outcome: allowed, or the rule broken.", "cluster", "outcome");

    /// <summary>Issuers' keys that could not be read.</summary>
    public static readonly InstrumentDefinition IssuerKeyFailures = Counter(
        "meshca_issuer_key_read_failures_total", "Failed reads of a token issuer's keys; the last good ones serve on.", "issuer");

    /// <summary>Records per transaction.</summary>
    public static readonly InstrumentDefinition JournalBatch =
        Histogram("meshca_journal_batch_records", "Records written in one journal transaction.", BatchRecords);

    /// <summary>How long a transaction takes to be durable.</summary>
    public static readonly InstrumentDefinition JournalCommitSeconds =
        Histogram("meshca_journal_commit_seconds", "Seconds until a journal transaction was durable.", LatencySeconds);

    /// <summary>Transactions that failed.</summary>
    public static readonly InstrumentDefinition JournalFailures = Counter(
        "meshca_journal_failures_total", "Journal transactions that did not become durable; their certificates were withheld.");

    /// <summary>Whether the store takes records.</summary>
    public static readonly InstrumentDefinition StoreHealthy =
        Gauge("meshca_store_healthy", "1 while the store takes records, else 0.");

    /// <summary>Whether the service is ready.</summary>
    public static readonly InstrumentDefinition Ready = Gauge("meshca_ready", "1 while the service reports itself ready, else 0.");

    /// <summary>The policies in force.</summary>
    public static readonly InstrumentDefinition PolicyRevision =
        Gauge("meshca_policy_revision", "Revision of the policies in force; absent while none are.");

    /// <summary>How old they are.</summary>
    public static readonly InstrumentDefinition PolicySnapshotAge =
        Gauge("meshca_policy_snapshot_age_seconds", "Seconds since the policies in force came into force.");

    /// <summary>What became of resources.</summary>
    public static readonly InstrumentDefinition PolicyResources = Gauge(
        "meshca_policy_resources", "Policy resources by what became of them when they were read last.", "status");

    /// <summary>Sources that fail.</summary>
    public static readonly InstrumentDefinition PolicySourcesFailed = Gauge(
        "meshca_policy_sources_failed", "Policy sources that cannot be read now, so that what they last held is in force.");

    /// <summary>Failures of sources.</summary>
    public static readonly InstrumentDefinition PolicySourceFailures = Counter(
        "meshca_policy_source_failures_total", "Times that a policy source began to fail, or failed for another reason.");

    /// <summary>How long reading takes.</summary>
    public static readonly InstrumentDefinition PolicyReloadSeconds = Histogram(
        "meshca_policy_reload_seconds", "Seconds to read all policy sources and put what is new in force.", ReloadSeconds);

    /// <summary>The published bundle.</summary>
    public static readonly InstrumentDefinition BundleSequence =
        Gauge("meshca_bundle_sequence", "Sequence of the published trust bundle; absent while there is none.");

    /// <summary>Who reports which bundle it has.</summary>
    public static readonly InstrumentDefinition BundleConsumers =
        Gauge("meshca_bundle_consumers", "Consumers of the trust bundle that report, by how they do.", "kind");

    /// <summary>Who of them lags.</summary>
    public static readonly InstrumentDefinition BundleConsumersBehind = Gauge(
        "meshca_bundle_consumers_behind", "Those of them that do not have the published trust bundle in use yet.", "kind");

    /// <summary>What the issuance policy decided.</summary>
    public static readonly InstrumentDefinition IssuancePolicyDecisions = Counter(
        "meshca_issuance_policy_decisions_total",
        "Requests by the rule of the issuance policy that decided, and the outcome: `issued`, or the reason of the refusal.",
        "rule",
        "outcome");

    /// <summary>Whether the issuance policy's file is not in force.</summary>
    public static readonly InstrumentDefinition IssuancePolicyFailed = Gauge(
        "meshca_issuance_policy_failed", "1 while the issuance policy's file cannot be read, so that what it last held is in force, else 0.");

    /// <summary>Requests let in for nearness to expiry.</summary>
    public static readonly InstrumentDefinition AdmittedByExpiry = Counter(
        "meshca_admitted_by_expiry_total", "Requests that found a place only because their caller's certificate is near its end.");

    /// <summary>Administrators' calls.</summary>
    public static readonly InstrumentDefinition AdminCalls = Counter(
        "meshca_admin_calls_total",
        "Calls of administrators, by method and outcome: ok, refused, failed, or denied to the caller.",
        "method",
        "outcome");

    /// <summary>The whole table.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All =
    [
        CsrCount, AuthenticationFailures, SignErrors, IssuanceSuccesses,
        RootExpiryTimestamp, RootExpirySeconds, ChainExpiryTimestamp, ChainExpirySeconds,
        RpcsHandled, RpcSeconds,
        CsrInFlight, StreamsOpen, StageSeconds, Issued, Lifetimes, Rejected,
        TokenCacheHits, TokenCacheMisses, TokenReviews, TokenReviewSeconds, CallersNotAlive, Impersonations, IssuerKeyFailures,
        JournalBatch, JournalCommitSeconds, JournalFailures,
        StoreHealthy, Ready,
        PolicyRevision, PolicySnapshotAge, PolicyResources, PolicySourcesFailed, PolicySourceFailures, PolicyReloadSeconds,
        BundleSequence, BundleConsumers, BundleConsumersBehind,
        IssuancePolicyDecisions, IssuancePolicyFailed, AdmittedByExpiry,
        AdminCalls,
        .. DecisionInstruments.All,
        .. RevocationInstruments.All,
        .. FederationInstruments.All,
        .. ClusterPolicyInstruments.All,
        .. RotationInstruments.All,
        .. DistributionInstruments.All,
        .. AgentInstruments.All,
        .. WorkloadInstruments.All,
        .. JwtSvidInstruments.All,
    ];

    internal static InstrumentDefinition Counter(string name, string help, params string[] labels) =>
        new(name, MetricType.Counter, labels, help, []);

    internal static InstrumentDefinition Gauge(string name, string help, params string[] labels) =>
        new(name, MetricType.Gauge, labels, help, []);

    internal static InstrumentDefinition Histogram(string name, string help, double[] buckets, params string[] labels) =>
        new(name, MetricType.Histogram, labels, help, buckets);
}
