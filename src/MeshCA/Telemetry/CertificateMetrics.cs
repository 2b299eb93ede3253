using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What the service counts and times; every instrument is a row of <see cref="Instruments"/>.</summary>
/// <remarks>Label values come from enums and configuration only, never from a request.</remarks>
internal sealed class CertificateMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "MeshCA";

    private readonly Meter _meter;
    private readonly Counter<long> _csrCount;
    private readonly Counter<long> _authenticationFailures;
    private readonly Counter<long> _signErrors;
    private readonly Counter<long> _issuanceSuccesses;
    private readonly Counter<long> _rpcsHandled;
    private readonly Counter<long> _issued;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _admittedByExpiry;
    private readonly Counter<long> _tokenCacheHits;
    private readonly Counter<long> _tokenCacheMisses;
    private readonly Counter<long> _issuerKeyFailures;
    private readonly Counter<long> _journalFailures;
    private readonly UpDownCounter<long> _csrInFlight;
    private readonly UpDownCounter<long> _streamsOpen;
    private readonly Histogram<double> _rpcSeconds;
    private readonly Histogram<double> _stageSeconds;
    private readonly Histogram<double> _lifetimes;
    private readonly Histogram<double> _journalBatch;
    private readonly Histogram<double> _journalCommitSeconds;
    private long _delivered;
    private long _failed;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public CertificateMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(MeterName);
        _csrCount = Counter(Instruments.CsrCount);
        _authenticationFailures = Counter(Instruments.AuthenticationFailures);
        _signErrors = Counter(Instruments.SignErrors);
        _issuanceSuccesses = Counter(Instruments.IssuanceSuccesses);
        _rpcsHandled = Counter(Instruments.RpcsHandled);
        _issued = Counter(Instruments.Issued);
        _rejected = Counter(Instruments.Rejected);
        _admittedByExpiry = Counter(Instruments.AdmittedByExpiry);
        _tokenCacheHits = Counter(Instruments.TokenCacheHits);
        _tokenCacheMisses = Counter(Instruments.TokenCacheMisses);
        _issuerKeyFailures = Counter(Instruments.IssuerKeyFailures);
        _journalFailures = Counter(Instruments.JournalFailures);
        _csrInFlight = _meter.CreateUpDownCounter<long>(Instruments.CsrInFlight.Name, null, Instruments.CsrInFlight.Help);
        _streamsOpen = _meter.CreateUpDownCounter<long>(Instruments.StreamsOpen.Name, null, Instruments.StreamsOpen.Help);
        _rpcSeconds = Histogram(Instruments.RpcSeconds);
        _stageSeconds = Histogram(Instruments.StageSeconds);
        _lifetimes = Histogram(Instruments.Lifetimes);
        _journalBatch = Histogram(Instruments.JournalBatch);
        _journalCommitSeconds = Histogram(Instruments.JournalCommitSeconds);
    }

    /// <summary>Certificates delivered since the process began.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Authenticated requests since the process began that got no certificate by our fault, not the caller's.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Whether an instrument is ours and has a single series, without labels.</summary>
    public static bool IsUnlabelled(string name) =>
        Instruments.All.Any(definition => definition.Name == name && definition.Labels.Count == 0);

    /// <summary>A request arrived; <see cref="CsrAnswered"/> must follow.</summary>
    public void CsrReceived()
    {
        _csrCount.Add(1);
        _csrInFlight.Add(1);
    }

    /// <summary>A streaming call begins; <see cref="StreamEnded"/> must follow.</summary>
    public void StreamOpened() => _streamsOpen.Add(1);

    /// <summary>A streaming call ended, however.</summary>
    public void StreamEnded() => _streamsOpen.Add(-1);

    /// <summary>The request was answered, however.</summary>
    public void CsrAnswered() => _csrInFlight.Add(-1);

    /// <summary>No authenticator succeeded, or impersonation was refused.</summary>
    public void AuthenticationFailed() => _authenticationFailures.Add(1);

    /// <summary>An authenticated request got no certificate.</summary>
    public void SignError(SignErrorKind kind)
    {
        _signErrors.Add(1, Label(Instruments.SignErrors, NameOf(kind)));
        if (kind is SignErrorKind.CaNotReady or SignErrorKind.CertGenError or SignErrorKind.Unknown)
        {
            Interlocked.Increment(ref _failed);
        }
    }

    /// <summary>A certificate was issued.</summary>
    /// <param name="authenticator">What proved the identity: a configured name.</param>
    /// <param name="lifetime">How long the certificate is valid.</param>
    public void Issued(string authenticator, TimeSpan lifetime)
    {
        _issuanceSuccesses.Add(1);
        Interlocked.Increment(ref _delivered);
        _issued.Add(1, Label(Instruments.Issued, authenticator));
        _lifetimes.Record(lifetime.TotalSeconds);
    }

    /// <summary>A request was refused.</summary>
    /// <param name="reason">The rule: an enum's name, never text of the request.</param>
    public void Rejected(string reason) => _rejected.Add(1, Label(Instruments.Rejected, reason));

    /// <summary>A request found one of the places that are kept for certificates near their end.</summary>
    public void AdmittedByExpiry() => _admittedByExpiry.Add(1);

    /// <summary>A step of issuing ended.</summary>
    public void Stage(IssuanceStage stage, TimeSpan elapsed) =>
        _stageSeconds.Record(elapsed.TotalSeconds, Label(Instruments.StageSeconds, NameOf(stage)));

    /// <summary>A call was answered.</summary>
    /// <param name="type"><c>unary</c>, <c>client_stream</c>, <c>server_stream</c> or <c>bidi_stream</c>.</param>
    /// <param name="service">The full service name; one that is registered.</param>
    /// <param name="method">The method's name; one that is registered.</param>
    /// <param name="code">The status code's name, such as <c>OK</c>.</param>
    /// <param name="elapsed">From arrival to status.</param>
    public void RpcHandled(string type, string service, string method, string code, TimeSpan elapsed)
    {
        TagList labels = new() { { "grpc_type", type }, { "grpc_service", service }, { "grpc_method", method } };
        _rpcSeconds.Record(elapsed.TotalSeconds, labels);
        labels.Add("grpc_code", code);
        _rpcsHandled.Add(1, labels);
    }

    /// <summary>A token was looked up among those verified before.</summary>
    public void TokenCacheLookup(bool hit) => (hit ? _tokenCacheHits : _tokenCacheMisses).Add(1);

    /// <summary>The keys of a token issuer could not be read.</summary>
    /// <param name="issuer">The issuer's configured name.</param>
    public void IssuerKeysNotRead(string issuer) => _issuerKeyFailures.Add(1, Label(Instruments.IssuerKeyFailures, issuer));

    /// <summary>A journal transaction is durable.</summary>
    public void JournalCommitted(int records, TimeSpan elapsed)
    {
        _journalBatch.Record(records);
        _journalCommitSeconds.Record(elapsed.TotalSeconds);
    }

    /// <summary>A journal transaction failed.</summary>
    public void JournalFailed() => _journalFailures.Add(1);

    /// <summary>Shows when the root and the signing authority end. Call once.</summary>
    /// <param name="clock">Tells how long that is.</param>
    /// <param name="root">End of the active root; null while there is none.</param>
    /// <param name="chain">End of the authority that signs leaves; null while there is none.</param>
    public void ObserveExpiry(TimeProvider clock, Func<DateTimeOffset?> root, Func<DateTimeOffset?> chain)
    {
        ObserveGauge(Instruments.RootExpiryTimestamp, () => Timestamp(root()));
        ObserveGauge(Instruments.RootExpirySeconds, () => SecondsLeft(root(), clock));
        ObserveGauge(Instruments.ChainExpiryTimestamp, () => Timestamp(chain()));
        ObserveGauge(Instruments.ChainExpirySeconds, () => SecondsLeft(chain(), clock));
    }

    /// <summary>Shows whether the store takes records. Call once.</summary>
    public void ObserveStore(Func<bool> healthy) => ObserveGauge(Instruments.StoreHealthy, () => healthy() ? 1 : 0);

    /// <summary>Shows whether the service is ready. Call once.</summary>
    public void ObserveReadiness(Func<bool> ready) => ObserveGauge(Instruments.Ready, () => ready() ? 1 : 0);

    /// <summary>Shows whether this replica may sign. Call once, where there may be others.</summary>
    public void ObserveLeadership(Func<bool> leads) => ObserveGauge(DistributionInstruments.Leading, () => leads() ? 1 : 0);

    private static double? Timestamp(DateTimeOffset? end) => end?.ToUnixTimeSeconds();

    private static double? SecondsLeft(DateTimeOffset? end, TimeProvider clock) => (end - clock.GetUtcNow())?.TotalSeconds;

    private static KeyValuePair<string, object?> Label(InstrumentDefinition definition, string value) =>
        new(definition.Labels[0], value);

    private static string NameOf(IssuanceStage stage) => stage switch
    {
        IssuanceStage.Authenticate => "authenticate",
        IssuanceStage.Parse => "parse",
        IssuanceStage.Plan => "plan",
        IssuanceStage.Sign => "sign",
        IssuanceStage.Journal => "journal",
        IssuanceStage.Total => "total",
        _ => throw new UnreachableException(),
    };

    private static string NameOf(SignErrorKind kind) => kind switch
    {
        SignErrorKind.CaNotReady => "CA_NOT_READY",
        SignErrorKind.CsrError => "CSR_ERROR",
        SignErrorKind.TtlError => "TTL_ERROR",
        SignErrorKind.CertGenError => "CERT_GEN_ERROR",
        SignErrorKind.Unknown => "UNKNOWN",
        _ => throw new UnreachableException(),
    };

    private Counter<long> Counter(InstrumentDefinition definition) =>
        _meter.CreateCounter<long>(definition.Name, null, definition.Help);

    private Histogram<double> Histogram(InstrumentDefinition definition) => _meter.CreateHistogram(
        definition.Name,
        null,
        definition.Help,
        null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = definition.Buckets });

    // No value (null) shows no line, which is the truth; 0 would be an authority that ended in 1970.
    private void ObserveGauge(InstrumentDefinition definition, Func<double?> observe) => _meter.CreateObservableGauge(
        definition.Name,
        () => observe() is { } value ? [new Measurement<double>(value)] : Array.Empty<Measurement<double>>(),
        null,
        definition.Help);
}
