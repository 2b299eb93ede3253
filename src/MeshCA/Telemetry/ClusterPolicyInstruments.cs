namespace MeshCA.Telemetry;

/// <summary>The instruments of policies of a cluster and of the admission webhook.</summary>
internal static class ClusterPolicyInstruments
{
    /// <summary>How old what is known may be.</summary>
    public static readonly InstrumentDefinition ViewAge = Instruments.Gauge(
        "meshca_cluster_view_age_seconds", "For how long what is known of the cluster has not been kept up; 0 while all of it is.");

    /// <summary>Pods that are known.</summary>
    public static readonly InstrumentDefinition Pods = Instruments.Gauge(
        "meshca_cluster_pods", "Pods of the cluster that are known as workloads.");

    /// <summary>Statuses written.</summary>
    public static readonly InstrumentDefinition StatusWrites = Instruments.Counter(
        "meshca_policy_status_writes_total", "Statuses of policies written, by failure; None for those that were.", "failure");

    /// <summary>What the webhook answered.</summary>
    public static readonly InstrumentDefinition WebhookAnswers = Instruments.Counter(
        "meshca_policy_webhook_answers_total", "Answers of the admission webhook: allowed, warned, denied, malformed, busy, fault.", "answer");

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All = [ViewAge, Pods, StatusWrites, WebhookAnswers];
}
