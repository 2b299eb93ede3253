using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What judging tokens with clusters counts. Label values come from enums and configuration only.</summary>
internal sealed class ClusterTokenMetrics
{
    private readonly Counter<long> _reviews;
    private readonly Histogram<double> _reviewSeconds;
    private readonly Counter<long> _notAlive;
    private readonly Counter<long> _impersonations;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public ClusterTokenMetrics(IMeterFactory meterFactory)
    {
        var meter = meterFactory.Create(CertificateMetrics.MeterName);
        _reviews = Counter(meter, Instruments.TokenReviews);
        _notAlive = Counter(meter, Instruments.CallersNotAlive);
        _impersonations = Counter(meter, Instruments.Impersonations);
        _reviewSeconds = meter.CreateHistogram(
            Instruments.TokenReviewSeconds.Name,
            null,
            Instruments.TokenReviewSeconds.Help,
            null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Instruments.TokenReviewSeconds.Buckets });
    }

    /// <summary>A cluster's API server was asked about a token, or was to be.</summary>
    /// <param name="cluster">The cluster's configured name.</param>
    /// <param name="outcome"><c>accepted</c>, <c>refused</c>, <c>unavailable</c>, <c>paused</c> or <c>offline</c>.</param>
    /// <param name="elapsed">How long it took; zero where it was not asked.</param>
    public void Reviewed(string cluster, string outcome, TimeSpan elapsed)
    {
        _reviews.Add(1, Label(Instruments.TokenReviews, 0, cluster), Label(Instruments.TokenReviews, 1, outcome));
        if (elapsed > TimeSpan.Zero)
        {
            _reviewSeconds.Record(elapsed.TotalSeconds, Label(Instruments.TokenReviewSeconds, 0, cluster));
        }
    }

    /// <summary>A good token was not accepted for want of a living pod or service account.</summary>
    /// <param name="cluster">The cluster's configured name.</param>
    /// <param name="reason">An enum's name.</param>
    public void NotAlive(string cluster, string reason) =>
        _notAlive.Add(1, Label(Instruments.CallersNotAlive, 0, cluster), Label(Instruments.CallersNotAlive, 1, reason));

    /// <summary>A node proxy asked for another's identity.</summary>
    /// <param name="cluster">The cluster's configured name; empty for a caller that no cluster vouched for.</param>
    /// <param name="outcome"><c>allowed</c>, or an enum's name.</param>
    public void Impersonated(string cluster, string outcome) =>
        _impersonations.Add(1, Label(Instruments.Impersonations, 0, cluster), Label(Instruments.Impersonations, 1, outcome));

    private static Counter<long> Counter(Meter meter, InstrumentDefinition definition) =>
        meter.CreateCounter<long>(definition.Name, null, definition.Help);

    private static KeyValuePair<string, object?> Label(InstrumentDefinition definition, int index, string value) =>
        new(definition.Labels[index], value);
}
