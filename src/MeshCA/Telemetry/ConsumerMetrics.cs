using System.Diagnostics.Metrics;
using MeshCA.Consumers;

namespace MeshCA.Telemetry;

/// <summary>What is shown of the trust bundle's consumers.</summary>
internal sealed class ConsumerMetrics(IMeterFactory meterFactory)
{
    private readonly Meter _meter = meterFactory.Create(CertificateMetrics.MeterName);

    /// <summary>Shows how many there are and how many lag behind. Call once.</summary>
    /// <param name="consumers">The live ones.</param>
    /// <param name="published">The sequence of the published bundle; null while there is none.</param>
    /// <param name="revocations">The revision of the bans and revocations in force.</param>
    /// <param name="isBanned">Whether an identity is banned, by SPIFFE ID.</param>
    public void Observe(Func<IReadOnlyList<Consumer>> consumers, Func<long?> published, Func<long> revocations, Func<string, bool> isBanned)
    {
        Observe(RevocationInstruments.Consumers, () => ByStanding(RevocationReach.Of(consumers(), revocations(), isBanned)));
        Observe(Instruments.BundleSequence, () => published() is { } sequence ? [new(sequence)] : []);
        Observe(Instruments.BundleConsumers, () => ByKind(consumers(), _ => true, Instruments.BundleConsumers));
        Observe(
            Instruments.BundleConsumersBehind,
            () => published() is { } sequence
                ? ByKind(consumers(), consumer => consumer.Sequence < sequence || consumer.Behind is not null, Instruments.BundleConsumersBehind)
                : []);
    }

    private static IEnumerable<Measurement<double>> ByStanding(RevocationReach reach) =>
        new[]
            {
                ("in_force", reach.InForce), ("late", reach.Late), ("away", reach.Unreached.Count - reach.Late),
                ("banned", reach.Banned.Count), ("silent", reach.Silent),
            }
            .Select(each => new Measurement<double>(
                each.Item2, new KeyValuePair<string, object?>(RevocationInstruments.Consumers.Labels[0], each.Item1)));

    private static IEnumerable<Measurement<double>> ByKind(
        IReadOnlyList<Consumer> consumers, Func<Consumer, bool> counts, InstrumentDefinition definition) =>
        [
            .. Enum.GetValues<ConsumerKind>().Select(kind => new Measurement<double>(
                consumers.Count(consumer => consumer.Kind == kind && counts(consumer)),
                new KeyValuePair<string, object?>(definition.Labels[0], kind.ToString()))),
        ];

    private void Observe(InstrumentDefinition definition, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(definition.Name, observe, null, definition.Help);
}
