using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>Why the decision log lost a record.</summary>
internal enum RecordDrop
{
    /// <summary>Too many waited.</summary>
    QueueFull,

    /// <summary>Those that waited were too long together.</summary>
    QueueBytes,

    /// <summary>The file could not be written.</summary>
    WriteFailed,

    /// <summary>Too much waited for the collector.</summary>
    ExportBacklog,

    /// <summary>The collector did not take it.</summary>
    ExportFailed,

    /// <summary>A fault of ours.</summary>
    Fault,
}

/// <summary>What is counted and timed about decisions; every instrument is a row of <see cref="DecisionInstruments"/>.</summary>
/// <remarks>Label values come from enums and from loaded policies only, never from a request.</remarks>
internal sealed class DecisionMetrics
{
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _policyDecisions;
    private readonly Counter<long> _dryRuns;
    private readonly Counter<long> _audited;
    private readonly Counter<long> _written;
    private readonly Counter<long> _exported;
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _seconds;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public DecisionMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(CertificateMetrics.MeterName);
        _decisions = Counter(meter, DecisionInstruments.Decisions);
        _policyDecisions = Counter(meter, DecisionInstruments.PolicyDecisions);
        _dryRuns = Counter(meter, DecisionInstruments.DryRuns);
        _audited = Counter(meter, DecisionInstruments.Audited);
        _written = Counter(meter, DecisionInstruments.RecordsWritten);
        _exported = Counter(meter, DecisionInstruments.RecordsExported);
        _dropped = Counter(meter, DecisionInstruments.RecordsDropped);
        _seconds = meter.CreateHistogram(
            DecisionInstruments.Seconds.Name,
            null,
            DecisionInstruments.Seconds.Help,
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = DecisionInstruments.Seconds.Buckets });
    }

    /// <summary>A decision was made.</summary>
    /// <param name="decision"><c>allow</c> or <c>deny</c>.</param>
    /// <param name="action">The action of the rule that determined it, or <c>NONE</c>.</param>
    /// <param name="reason">The reason's name.</param>
    /// <param name="audited">Whether the request is marked.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Decided(string decision, string action, string reason, bool audited, TimeSpan elapsed)
    {
        var labels = DecisionInstruments.Decisions.Labels;
        _decisions.Add(1, new(labels[0], decision), new(labels[1], action), new(labels[2], reason));
        _seconds.Record(elapsed.TotalSeconds);
        if (audited)
        {
            _audited.Add(1);
        }
    }

    /// <summary>A resource determined a decision.</summary>
    /// <param name="policy">The resource; one of a bounded number.</param>
    /// <param name="decision"><c>allow</c> or <c>deny</c>.</param>
    public void DeterminedBy(string policy, string decision)
    {
        var labels = DecisionInstruments.PolicyDecisions.Labels;
        _policyDecisions.Add(1, new(labels[0], policy), new KeyValuePair<string, object?>(labels[1], decision));
    }

    /// <summary>Dry-run policies were evaluated.</summary>
    /// <param name="action">Their action.</param>
    /// <param name="result"><c>allowed</c> or <c>denied</c>.</param>
    public void DryRun(string action, string result)
    {
        var labels = DecisionInstruments.DryRuns.Labels;
        _dryRuns.Add(1, new(labels[0], action), new KeyValuePair<string, object?>(labels[1], result));
    }

    /// <summary>Records were written to the file.</summary>
    public void RecordsWritten(int count) => _written.Add(count);

    /// <summary>The collector took records.</summary>
    public void RecordsExported(int count) => _exported.Add(count);

    /// <summary>Records were lost.</summary>
    public void RecordsDropped(RecordDrop cause, int count) =>
        _dropped.Add(count, new KeyValuePair<string, object?>(DecisionInstruments.RecordsDropped.Labels[0], NameOf(cause)));

    private static string NameOf(RecordDrop cause) => cause switch
    {
        RecordDrop.QueueFull => "queue_full",
        RecordDrop.QueueBytes => "queue_bytes",
        RecordDrop.WriteFailed => "write_failed",
        RecordDrop.ExportBacklog => "export_backlog",
        RecordDrop.ExportFailed => "export_failed",
        RecordDrop.Fault => "fault",
        _ => throw new UnreachableException(),
    };

    private static Counter<long> Counter(Meter meter, InstrumentDefinition definition) =>
        meter.CreateCounter<long>(definition.Name, null, definition.Help);
}
