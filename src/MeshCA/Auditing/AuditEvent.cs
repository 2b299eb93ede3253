using MeshCA.Issuance;

namespace MeshCA.Auditing;

/// <summary>One entry of the audit log beside the issuance journal: admin acts, refusals, alarms.</summary>
internal sealed record AuditEvent
{
    /// <summary>Longest detail that is kept, in characters.</summary>
    public const int MaxDetail = 1_024;

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What happened, as <c>noun.verb</c>: <c>authority.created</c>, <c>csr.refused</c>, <c>clock.backwards</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Who did it: a SPIFFE ID, <c>uid:0</c>, or <c>system</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>What it was done to: a SPIFFE ID, an authority id, a serial.</summary>
    public string Target { get; init; } = "";

    /// <summary><c>intent</c>, <c>ok</c>, <c>refused</c> or <c>failed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The rule or reason, for people; no secrets, at most <see cref="MaxDetail"/> characters are kept.</summary>
    public string Detail { get; init; } = "";
}

/// <summary>The audit log, part of the same durable, hash-chained store as the journal.</summary>
internal interface IAuditLog
{
    /// <summary>Appends an event; the task completes when it is durable.</summary>
    /// <exception cref="JournalUnavailableException">The event is not durable.</exception>
    Task AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken);

    /// <summary>Queues an event without waiting; where the queue is full it is counted and summed up later, never blocking.</summary>
    void Post(AuditEvent auditEvent);
}
