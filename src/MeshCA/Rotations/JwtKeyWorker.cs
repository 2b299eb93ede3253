using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Rotations;

/// <summary>Lets the next JWT key sign when its time has come, at each interval.</summary>
internal sealed class JwtKeyWorker(JwtKeyCoordinator coordinator, TimeSpan interval, TimeProvider clock, ILogger<JwtKeyWorker> logger)
    : BackgroundService
{
    private readonly Reminder _waits = new(clock);
    private readonly Reminder _doubts = new(clock);

    /// <summary>Whether this process changes the authorities.</summary>
    public Func<bool> MayStep { get; init; } = () => true;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await StepAsync(stoppingToken);
        }
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Also by a standby: a jump is dated from when it was seen.
            var doubt = coordinator.Doubt();
            if (!MayStep())
            {
                return;
            }

            if (doubt is not null && _doubts.IsDue)
            {
                _doubts.Told();
                Log.ClockDoubted(logger, doubt.Jump, doubt.Left);
            }

            if (await coordinator.StepAsync(cancellationToken) is { Before: { Handover: { } handover } before } step)
            {
                Tell(step.Outcome, before, handover.Next.Id, handover.LatestAt);
            }
        }

        // The loop's outermost frame: what fails now is due again at the next tick.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.JwtKeyStepFailed(logger, e);
        }
    }

    private void Tell(RotationOutcome outcome, JwtKeyReport before, string id, DateTimeOffset latest)
    {
        switch (outcome)
        {
            case RotationOutcome.Done when before.Unmet.Count == 0:
                Log.JwtKeyActivated(logger, id, before.Fleet.Consumers);
                break;
            case RotationOutcome.Done:
                Log.JwtKeyActivatedUnacknowledged(logger, id, JwtKeyCoordinator.Lacking(before.Fleet));
                break;
            case RotationOutcome.Refused(_, var detail):
                Log.JwtKeyStepRefused(logger, id, detail);
                break;
            case RotationOutcome.Guarded when before.Doubt is null && _waits.IsDue:
                _waits.Told();
                Log.JwtKeyWaits(logger, id, JwtKeyCoordinator.Lacking(before.Fleet), latest);
                break;
        }
    }
}
