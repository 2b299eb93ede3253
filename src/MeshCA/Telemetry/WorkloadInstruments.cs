namespace MeshCA.Telemetry;

/// <summary>The instruments of what the agent serves to workloads; rows of <see cref="Instruments"/>.</summary>
internal static class WorkloadInstruments
{
    /// <summary>Streams that are open.</summary>
    public static readonly InstrumentDefinition Streams = Instruments.Gauge(
        "meshca_agent_workload_streams", "Agent: streams of workloads that are open, by what they follow: x509_svids, x509_bundles, jwt_bundles, secrets, acknowledgements, health; and calls that wait.", "stream");

    /// <summary>Messages sent.</summary>
    public static readonly InstrumentDefinition Sent = Instruments.Counter(
        "meshca_agent_workload_messages_total", "Agent: messages sent to workloads, by the stream or call that they belong to.", "stream");

    /// <summary>Refusals.</summary>
    public static readonly InstrumentDefinition Refused = Instruments.Counter(
        "meshca_agent_workload_refusals_total", "Agent: calls of workloads that were refused or ended by the agent, by reason.", "reason");

    /// <summary>Secrets that a proxy did not take.</summary>
    public static readonly InstrumentDefinition NotAccepted = Instruments.Counter(
        "meshca_agent_secrets_not_accepted_total", "Agent: secrets that a proxy said it could not use (NACK); it keeps the one before.");

    /// <summary>Entries.</summary>
    public static readonly InstrumentDefinition Entries = Instruments.Gauge(
        "meshca_agent_registration_entries", "Agent: entries of the registration in force.");

    /// <summary>Whether the file is not in force.</summary>
    public static readonly InstrumentDefinition RegistrationFailed = Instruments.Gauge(
        "meshca_agent_registration_failed", "Agent: 1 while the registration file is wrong, so that what it last held is in force, else 0.");

    /// <summary>Streams without the trust bundle that is served.</summary>
    public static readonly InstrumentDefinition Behind = Instruments.Gauge(
        "meshca_agent_workloads_behind", "Agent: streams of workloads that do not have the trust bundle in use that is served: awaited, refused, or ignored after a silence that was too long.", "standing");

    /// <summary>Entries whose identity is banned.</summary>
    public static readonly InstrumentDefinition Banned = Instruments.Gauge(
        "meshca_agent_entries_banned", "Agent: entries whose identity is banned, so that it is given out to nobody.");

    /// <summary>The whole table.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All = [Streams, Sent, Refused, NotAccepted, Entries, RegistrationFailed, Behind, Banned];
}
