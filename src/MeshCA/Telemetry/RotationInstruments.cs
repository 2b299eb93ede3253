namespace MeshCA.Telemetry;

/// <summary>The instruments of rotations; rows of <see cref="Instruments"/>.</summary>
internal static class RotationInstruments
{
    /// <summary>How far the rotation has come.</summary>
    public static readonly InstrumentDefinition Phase = Instruments.Gauge(
        "meshca_rotation_phase", "1 for the phase the last rotation of the root is in, else 0; absent before the first.", "phase");

    /// <summary>Whether it is halted.</summary>
    public static readonly InstrumentDefinition Held = Instruments.Gauge(
        "meshca_rotation_held", "1 while a rotation of the root is halted, by an administrator or by itself, else 0.");

    /// <summary>When it began.</summary>
    public static readonly InstrumentDefinition PhaseSince = Instruments.Gauge(
        "meshca_rotation_phase_since_timestamp", "When the present phase of the last rotation began, in seconds since 1970.");

    /// <summary>When the next one begins.</summary>
    public static readonly InstrumentDefinition DueSeconds = Instruments.Gauge(
        "meshca_rotation_due_seconds", "Seconds until a rotation begins by itself; negative once it is overdue; absent where none is scheduled.");

    /// <summary>Steps taken.</summary>
    public static readonly InstrumentDefinition Steps = Instruments.Counter(
        "meshca_rotation_steps_total", "Steps that rotations took or tried by themselves, by what became of them: done, refused, guarded.", "outcome");

    /// <summary>Ends of authorities.</summary>
    public static readonly InstrumentDefinition AuthorityExpirySeconds = Instruments.Gauge(
        "meshca_authority_expiry_seconds",
        "Seconds until an authority in use ends, by kind and state: the earliest of each.", "kind", "state");

    /// <summary>The whole table.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All =
        [Phase, Held, PhaseSince, DueSeconds, Steps, AuthorityExpirySeconds];
}
