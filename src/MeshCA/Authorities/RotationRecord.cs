namespace MeshCA.Authorities;

/// <summary>How far a rotation of the root has come. The numbers are stored; never reuse one.</summary>
internal enum RotationPhase
{
    /// <summary>The new root is in the trust bundle and signs nothing; waits until all hold it.</summary>
    Distributing = 1,

    /// <summary>The new root signs; waits until no certificate under the old one is valid.</summary>
    Draining = 2,

    /// <summary>Taken back: the old root signs again; waits until no certificate under the new one is valid.</summary>
    Withdrawing = 3,

    /// <summary>The old root is out of the bundle.</summary>
    Completed = 4,

    /// <summary>The new root is out of the bundle.</summary>
    RolledBack = 5,
}

/// <summary>One rotation of the root, durable with every step, so that any process carries it on after a crash.</summary>
internal sealed record RotationRecord
{
    /// <summary>Names it: grows from one rotation to the next.</summary>
    public required ulong Number { get; init; }

    /// <summary>How far it has come.</summary>
    public required RotationPhase Phase { get; init; }

    /// <summary>The root that was active before.</summary>
    public required string OldRoot { get; init; }

    /// <summary>The root that is to be active.</summary>
    public required string NewRoot { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the phase began.</summary>
    public required DateTimeOffset PhaseSince { get; init; }

    /// <summary>Who began it.</summary>
    public required string Actor { get; init; }

    /// <summary>Why, in their words.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether each step waits for a command, even where its conditions are met.</summary>
    public bool IsManual { get; init; }

    /// <summary>The sequence of the first trust bundle that has the new root.</summary>
    public required ulong TargetSequence { get; init; }

    /// <summary>Share of certificate holders that were late with their renewal when the phase began, 0 to 1: what later lag is held against.</summary>
    public double OverdueShare { get; init; }

    /// <summary>What keeps it from going on; null: nothing.</summary>
    public RotationHold? Hold { get; init; }

    /// <summary>Whether it has steps left.</summary>
    public bool IsUnderWay => Phase is RotationPhase.Distributing or RotationPhase.Draining or RotationPhase.Withdrawing;
}

/// <summary>A halt of a rotation.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Actor">Who ordered it.</param>
/// <param name="Since">Since when.</param>
/// <param name="IsAutomatic">Whether the service halted by itself.</param>
internal sealed record RotationHold(string Reason, string Actor, DateTimeOffset Since, bool IsAutomatic);
