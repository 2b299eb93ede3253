using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Verification;
using Microsoft.Extensions.Logging;
using Events = MeshCA.Telemetry.Log;

namespace MeshCA.Storage.Writing;

/// <summary>Logs what the writer's commits and sessions brought.</summary>
internal static class StoreNews
{
    /// <summary>Logs what a durable transaction changed.</summary>
    /// <param name="logger">The log.</param>
    /// <param name="before">The state before it.</param>
    /// <param name="transaction">The transaction.</param>
    /// <param name="isRecovered">Whether the one before it failed.</param>
    public static void Log(ILogger logger, StoreState before, StoreTransaction transaction, bool isRecovered)
    {
        if (isRecovered)
        {
            Events.StoreRecovered(logger);
        }

        if (transaction.State.ClockIsBehind != before.ClockIsBehind)
        {
            LogClock(logger, transaction.State);
        }

        foreach (var checkpoint in transaction.Signed)
        {
            Events.CheckpointSigned(
                logger, CheckpointReference.Of(checkpoint).ToString(), ((CheckpointReason)checkpoint.Reason).ToString());
        }
    }

    /// <summary>Logs what is not as this service left it.</summary>
    /// <remarks>The writer goes on all the same: whoever can write one byte to the file could else stop the mesh from getting certificates.</remarks>
    public static void Log(ILogger logger, IReadOnlyList<VerificationFinding> findings)
    {
        foreach (var finding in findings)
        {
            Events.StoreTampered(logger, finding.Describe());
        }
    }

    private static void LogClock(ILogger logger, StoreState state)
    {
        if (state.ClockIsBehind)
        {
            Events.ClockBehind(logger, StoredTime.FromMicroseconds(state.NewestIssuedAt));
        }
        else
        {
            Events.ClockRecovered(logger);
        }
    }
}
