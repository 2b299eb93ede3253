using System.Diagnostics.Metrics;
using MeshCA.Authorities;
using MeshCA.Telemetry;

namespace MeshCA.Rotations;

/// <summary>What is shown of rotations; every instrument is a row of <see cref="RotationInstruments"/>.</summary>
internal sealed class RotationMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _steps;

    /// <summary>Creates the instruments that are not observed.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public RotationMetrics(IMeterFactory meterFactory)
    {
        _meter = meterFactory.Create(CertificateMetrics.MeterName);
        _steps = _meter.CreateCounter<long>(RotationInstruments.Steps.Name, null, RotationInstruments.Steps.Help);
    }

    /// <summary>A rotation took a step by itself, or tried to.</summary>
    public void Stepped(RotationOutcome outcome) => _steps.Add(1, new KeyValuePair<string, object?>(
        RotationInstruments.Steps.Labels[0],
        outcome switch
        {
            RotationOutcome.Done => "done",
            RotationOutcome.Guarded => "guarded",
            _ => "refused",
        }));

    /// <summary>Shows the authorities and the rotation. Call once.</summary>
    /// <param name="clock">The time.</param>
    /// <param name="authorities">The authorities as last published; null before.</param>
    /// <param name="settings">How rotations are carried on.</param>
    public void Observe(TimeProvider clock, Func<AuthoritySet?> authorities, RotationSettings settings)
    {
        Observe(RotationInstruments.Phase, () => PhaseOf(authorities()?.Rotation));
        Observe(RotationInstruments.Held, () => authorities() is { } set ? [new(set.Rotation?.Hold is null ? 0 : 1)] : []);
        Observe(RotationInstruments.PhaseSince, () =>
            authorities()?.Rotation is { } rotation ? [new(rotation.PhaseSince.ToUnixTimeSeconds())] : []);
        Observe(RotationInstruments.DueSeconds, () => Due(authorities(), settings, clock.GetUtcNow()));
        Observe(RotationInstruments.AuthorityExpirySeconds, () => Ends(authorities(), clock.GetUtcNow()));
    }

    private static IEnumerable<Measurement<double>> PhaseOf(RotationRecord? rotation) => rotation is null
        ? []
        : Enum.GetValues<RotationPhase>().Select(phase => new Measurement<double>(
            phase == rotation.Phase ? 1 : 0, new KeyValuePair<string, object?>(RotationInstruments.Phase.Labels[0], phase.ToString())));

    private static IEnumerable<Measurement<double>> Due(AuthoritySet? set, RotationSettings settings, DateTimeOffset now) =>
        set is { Rotation: not { IsUnderWay: true } }
        && StoredAuthorities.Of(set).LastOrDefault(a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active }) is { } root
        && RotationSchedule.DueAt(root, settings) is { } due
            ? [new((due - now).TotalSeconds)]
            : [];

    private static IEnumerable<Measurement<double>> Ends(AuthoritySet? set, DateTimeOffset now) => set is null
        ? []
        : StoredAuthorities.Of(set)
            .Where(a => a.State is AuthorityState.Prepared or AuthorityState.Active or AuthorityState.Old)
            .GroupBy(a => (a.Kind, a.State))
            .Select(group => new Measurement<double>(
                (group.Min(a => a.NotAfter) - now).TotalSeconds,
                new KeyValuePair<string, object?>(RotationInstruments.AuthorityExpirySeconds.Labels[0], group.Key.Kind.ToString()),
                new KeyValuePair<string, object?>(RotationInstruments.AuthorityExpirySeconds.Labels[1], group.Key.State.ToString())));

    private void Observe(InstrumentDefinition definition, Func<IEnumerable<Measurement<double>>> observe) =>
        _meter.CreateObservableGauge(definition.Name, observe, null, definition.Help);
}
