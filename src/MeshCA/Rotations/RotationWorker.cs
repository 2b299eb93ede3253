using MeshCA.Authorities;
using MeshCA.Serving;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Rotations;

/// <summary>Carries rotations on, step by step, at each interval.</summary>
internal sealed class RotationWorker(
    RotationCoordinator coordinator,
    ServingCertificate serving,
    RotationMetrics metrics,
    TimeSpan interval,
    TimeSpan rootExpiryAlarm,
    TimeProvider clock,
    ILogger<RotationWorker> logger) : BackgroundService
{
    private readonly Reminder _alarm = new(clock);

    /// <summary>How long a rotation that goes well waits at most before the next root signs: after that an end of the present one is an alarm again.</summary>
    public TimeSpan LongestRotation { get; init; } = TimeSpan.MaxValue;

    /// <summary>Whether this process carries rotations on.</summary>
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
            WarnOfExpiry(clock.GetUtcNow());
            if (!MayStep())
            {
                coordinator.StandBy();
                return;
            }

            if (await coordinator.StepAsync(cancellationToken) is not { } step)
            {
                return;
            }

            Tell(step.Command, step.Reason, step.Outcome);
            metrics.Stepped(step.Outcome);
            await serving.AdvanceAsync(cancellationToken);
        }

        // The loop's outermost frame: what fails now is due again at the next tick.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.RotationStepFailed(logger, e);
        }
    }

    // A root is replaced in days to months: far ahead is the only time at which a warning helps.
    private void WarnOfExpiry(DateTimeOffset now)
    {
        if (!_alarm.IsDue || coordinator.ActiveRoot is not { } root)
        {
            return;
        }

        var rotation = coordinator.UnderWay;
        switch (RotationSchedule.AlarmOf(root, rotation, rootExpiryAlarm, LongestRotation, now))
        {
            case RootAlarm.NoRotation:
                Log.RootNearExpiry(logger, root.Id, root.NotAfter, root.NotAfter - now);
                break;
            case RootAlarm.RotationWaits:
                Log.RootNearExpiryInRotation(logger, root.Id, root.NotAfter, root.NotAfter - now, rotation!.Number); // not null: it waits
                break;
            default:
                return;
        }

        _alarm.Told();
    }

    private void Tell(AuthorityCommand? command, string reason, RotationOutcome outcome)
    {
        var step = command is null ? "Begin" : command.GetType().Name;
        switch (outcome)
        {
            case RotationOutcome.Done when command is AuthorityCommand.Hold:
                Log.RotationHeld(logger, reason);
                break;
            case RotationOutcome.Done:
                Log.RotationStepTaken(logger, step);
                break;
            case RotationOutcome.Refused(_, var detail):
                Log.RotationStepRefused(logger, step, detail);
                break;
            case RotationOutcome.Guarded(var unmet, _, _):
                Log.RotationStepRefused(logger, step, string.Join(", ", unmet.Select(condition => condition.Kind)));
                break;
        }
    }
}
