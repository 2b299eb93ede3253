using MeshCA.Decisions;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Rpc.Decisions;

/// <summary>Counts questions that nobody could answer, and logs a bounded number of them a second.</summary>
internal sealed class DecisionRefusals(DecisionMetrics metrics, ILogger<DecisionRefusals> logger) : IDisposable
{
    private readonly RefusalBudget _budget = new();

    /// <summary>Counts one, and logs it or counts it for the next line.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="subject">What is wrong or unknown; bounded.</param>
    /// <param name="caller">Who asked: a SPIFFE ID, or an address.</param>
    public void Note(DecisionRefusal reason, string subject, string caller)
    {
        metrics.Refused(reason.ToString());
        if (_budget.TryTake(out var leftOut))
        {
            Log.DecisionRefused(logger, caller, reason.ToString(), subject, leftOut);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _budget.Dispose();
}
