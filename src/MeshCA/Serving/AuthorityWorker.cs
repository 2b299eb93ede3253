using MeshCA.Authorities;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Serving;

/// <summary>Keeps authorities and serving certificate current, at each interval; the first time is before the service starts.</summary>
internal sealed class AuthorityWorker(
    IAuthoritySource authorities,
    ServingCertificate serving,
    TimeSpan interval,
    TimeSpan expiryAlarm,
    TimeProvider clock,
    ILogger<AuthorityWorker> logger) : BackgroundService
{
    private readonly Reminder _alarm = new(clock);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await AdvanceAsync(stoppingToken);
        }
    }

    private async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        await TryAsync(authorities.AdvanceAsync, cancellationToken);
        await TryAsync(serving.AdvanceAsync, cancellationToken);
        WarnOfExpiry(clock.GetUtcNow());
    }

    private async Task TryAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        try
        {
            await step(cancellationToken);
        }

        // The loop's outermost frame: what fails now is due again at the next tick, and a host that stops signs nothing at all.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.AuthorityStepFailed(logger, e);
        }
    }

    private void WarnOfExpiry(DateTimeOffset now)
    {
        if (!_alarm.IsDue || authorities.Current is not { } snapshot)
        {
            return;
        }

        foreach (var (name, end) in ((string, DateTimeOffset)[])[(snapshot.Signer.Id, snapshot.Signer.NotAfter), ("a root", snapshot.RootsNotAfter)])
        {
            if (end - now < expiryAlarm)
            {
                _alarm.Told();
                Log.AuthorityNearExpiry(logger, name, end, end - now);
            }
        }
    }
}
