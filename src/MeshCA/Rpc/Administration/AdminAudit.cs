using Grpc.Core;
using MeshCA.Administration;
using MeshCA.Auditing;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Rpc.Administration;

/// <summary>Records who called which method for administrators, and what became of it; nobody waits for the record.</summary>
/// <remarks>
/// What a method changes is recorded by what changes it, durably, with the change; this is the record of the call. Refusals are
/// bounded, since on the TLS port strangers can cause them.
/// </remarks>
internal sealed class AdminAudit(IAuditLog audit, AdminMetrics metrics, TimeProvider clock, ILogger<AdminAudit> logger) : IDisposable
{
    /// <summary>The audit's name of a call.</summary>
    public const string Action = "admin.call";

    private readonly RefusalBudget _budget = new();

    /// <summary>A call ended.</summary>
    /// <param name="method">Its gRPC path.</param>
    /// <param name="actor">Who called.</param>
    /// <param name="status">The status; null where it was cut off.</param>
    /// <param name="isAudited">Whether it is recorded, and not just counted.</param>
    /// <param name="guarded">Why nothing was done though the call itself went well; null: something was.</param>
    public void Ended(string method, string actor, StatusCode? status, bool isAudited, GuardedCall? guarded = null)
    {
        var outcome = guarded is null ? CallOutcome.Word(status) : "refused";
        metrics.Called(method, outcome);
        if (isAudited)
        {
            Post(method, actor, outcome, guarded?.Detail ?? (status == StatusCode.OK ? "" : status?.ToString() ?? "cut off"));
        }
    }

    /// <summary>A call was refused before its message was read.</summary>
    /// <param name="method">Its gRPC path.</param>
    /// <param name="actor">Who called.</param>
    /// <param name="reason">Why.</param>
    /// <param name="peer">From where.</param>
    public void Refused(string method, string actor, AdminRefusal reason, string peer)
    {
        metrics.Called(method, "denied");
        if (!_budget.TryTake(out var leftOut))
        {
            return;
        }

        Log.AdminCallRefused(logger, actor, method, reason.ToString(), leftOut);
        var detail = $"{reason}, from {peer}";
        Post(method, actor, "refused", leftOut > 0 ? $"{detail}; {leftOut} more were left out" : detail);
    }

    /// <inheritdoc />
    public void Dispose() => _budget.Dispose();

    private void Post(string method, string actor, string outcome, string detail) => audit.Post(new AuditEvent
    {
        Time = clock.GetUtcNow(),
        Action = Action,
        Actor = actor,
        Target = method,
        Outcome = outcome,
        Detail = detail,
    });
}
