using System.Diagnostics.Metrics;
using Grpc.Core;

namespace MeshCA.Telemetry;

/// <summary>What the agent counts. Label values come from enums, status codes and the names of entries.</summary>
internal sealed class AgentMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _streamEnds;
    private readonly Counter<long> _bundlesRefused;
    private readonly Counter<long> _jwtRequests;
    private readonly Counter<long> _fileWrites;
    private readonly Counter<long> _reloads;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public AgentMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _requests = Counter(AgentInstruments.Requests);
        _streamEnds = Counter(AgentInstruments.BundleStreamEnds);
        _bundlesRefused = Counter(AgentInstruments.BundlesRefused);
        _jwtRequests = Counter(AgentInstruments.JwtRequests);
        _fileWrites = Counter(AgentInstruments.FileWrites);
        _reloads = Counter(AgentInstruments.Reloads);
    }

    /// <summary>The CA was asked for an SVID, or was to be.</summary>
    /// <param name="outcome"><c>obtained</c>, or an enum's name.</param>
    public void Requested(string outcome) => _requests.Add(1, Label(AgentInstruments.Requests, outcome));

    /// <summary>The bundle stream ended.</summary>
    public void StreamEnded(StatusCode code) => _streamEnds.Add(1, Label(AgentInstruments.BundleStreamEnds, code.ToString()));

    /// <summary>A bundle broke a rule.</summary>
    public void BundleRefused() => _bundlesRefused.Add(1);

    /// <summary>A workload asked for a JWT-SVID.</summary>
    /// <param name="outcome"><c>cached</c>, <c>minted</c>, or a status code's name.</param>
    public void JwtRequested(string outcome) => _jwtRequests.Add(1, Label(AgentInstruments.JwtRequests, outcome));

    /// <summary>A set of files was to be written.</summary>
    public void FilesWritten(bool done) => _fileWrites.Add(1, Label(AgentInstruments.FileWrites, done ? "written" : "failed"));

    /// <summary>Somebody was to be told of them.</summary>
    public void Reloaded(bool done) => _reloads.Add(1, Label(AgentInstruments.Reloads, done ? "done" : "failed"));

    /// <summary>Shows what is held. Call once.</summary>
    /// <param name="read">Reads it.</param>
    public void Observe(Func<AgentFigures> read)
    {
        Observe(AgentInstruments.SvidExpirySeconds, () => PerEntry(AgentInstruments.SvidExpirySeconds, read().SecondsToExpiry));
        Observe(AgentInstruments.Failures, () => PerEntry(AgentInstruments.Failures, read().Failures));
        Observe(AgentInstruments.EntriesWithoutSvid, () => [new(read().EntriesWithoutSvid)]);
        Observe(AgentInstruments.BundleSequence, () => read().Acknowledged is var sequence and not 0 ? [new(sequence)] : []);
        Observe(AgentInstruments.BundleStreamOpen, () => [new(read().IsStreamOpen ? 1 : 0)]);
    }

    private static IEnumerable<Measurement<double>> PerEntry(InstrumentDefinition definition, IReadOnlyDictionary<string, double> values) =>
        [.. values.Select(value => new Measurement<double>(value.Value, Label(definition, value.Key)))];

    private void Observe(InstrumentDefinition definition, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(definition.Name, observe, null, definition.Help);

    private Counter<long> Counter(InstrumentDefinition definition) => _meter.CreateCounter<long>(definition.Name, null, definition.Help);

    private static KeyValuePair<string, object?> Label(InstrumentDefinition definition, string value) => new(definition.Labels[0], value);
}

/// <summary>What the agent holds, in figures.</summary>
internal sealed record AgentFigures
{
    /// <summary>By entry; negative never: what ended is not served.</summary>
    public required IReadOnlyDictionary<string, double> SecondsToExpiry { get; init; }

    /// <summary>By entry.</summary>
    public required IReadOnlyDictionary<string, double> Failures { get; init; }

    /// <summary>How many entries lack an SVID.</summary>
    public required int EntriesWithoutSvid { get; init; }

    /// <summary>The bundle's sequence; 0: none.</summary>
    public required ulong Acknowledged { get; init; }

    /// <summary>Whether the bundle stream is open.</summary>
    public required bool IsStreamOpen { get; init; }
}
