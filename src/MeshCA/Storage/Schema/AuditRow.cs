using MeshCA.Auditing;
using MeshCA.Storage.Chaining;

namespace MeshCA.Storage.Schema;

/// <summary>One audit event in the form of its table's columns.</summary>
internal sealed class AuditRow : IChainedRow
{
    /// <summary>The newest format; says which fields <see cref="Encode"/> covers, and in which order.</summary>
    public const int CurrentVersion = 1;

    /// <inheritdoc />
    public long Sequence { get; set; }

    /// <summary>The format this row was written in.</summary>
    public long Version { get; set; }

    /// <summary>When it happened, microseconds.</summary>
    public long Time { get; set; }

    /// <summary>What happened.</summary>
    public string Action { get; set; } = "";

    /// <summary>Who did it.</summary>
    public string Actor { get; set; } = "";

    /// <summary>What it was done to.</summary>
    public string Target { get; set; } = "";

    /// <summary>How it ended.</summary>
    public string Outcome { get; set; } = "";

    /// <summary>The reason, for people.</summary>
    public string Detail { get; set; } = "";

    /// <inheritdoc />
    public byte[] Hash { get; set; } = [];

    /// <summary>Takes an event; sequence and hash follow when it is written.</summary>
    public static AuditRow From(AuditEvent auditEvent) => new()
    {
        Version = CurrentVersion,
        Time = StoredTime.ToMicroseconds(auditEvent.Time),
        Action = StoredText.Clean(auditEvent.Action),
        Actor = StoredText.Clean(auditEvent.Actor),
        Target = StoredText.Clean(auditEvent.Target),
        Outcome = StoredText.Clean(auditEvent.Outcome),
        Detail = StoredText.Clean(auditEvent.Detail, AuditEvent.MaxDetail),
    };

    /// <summary>The event.</summary>
    public AuditEvent ToEvent() => new()
    {
        Time = StoredTime.FromMicroseconds(Time),
        Action = Action,
        Actor = Actor,
        Target = Target,
        Outcome = Outcome,
        Detail = Detail,
    };

    /// <inheritdoc />
    public void Encode(CanonicalWriter writer) => writer
        .Number(Version)
        .Number(Time)
        .Text(Action)
        .Text(Actor)
        .Text(Target)
        .Text(Outcome)
        .Text(Detail);
}
