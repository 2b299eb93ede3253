using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Serving;

/// <summary>Keeps authorities and serving certificate current: once before the ports open, then at each interval.</summary>
internal sealed class AuthorityWorker(
    IAuthoritySource authorities,
    ServingCertificate serving,
    TimeSpan interval,
    TimeSpan expiryAlarm,
    TimeProvider clock,
    ILogger<AuthorityWorker> logger) : BackgroundService
{
    private static readonly TimeSpan AlarmPause = TimeSpan.FromHours(1);
    private DateTimeOffset _nextAlarm;

    /// <inheritdoc />
    /// <remarks>A failure here ends the start: a service without an authority serves nobody.</remarks>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await authorities.AdvanceAsync(cancellationToken);
        await serving.AdvanceAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

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
        try
        {
            await authorities.AdvanceAsync(cancellationToken);
        }
        catch (Exception e) when (e is JournalUnavailableException or KeySealException)
        {
            Log.AuthorityStepFailed(logger, e);
        }

        await serving.AdvanceAsync(cancellationToken);
        WarnOfExpiry();
    }

    private void WarnOfExpiry()
    {
        var now = clock.GetUtcNow();
        if (now >= _nextAlarm
            && authorities.Current is { } snapshot
            && snapshot.Signer.NotAfter - now is var left
            && left < expiryAlarm)
        {
            _nextAlarm = now + AlarmPause;
            Log.AuthorityNearExpiry(logger, snapshot.Signer.Id, snapshot.Signer.NotAfter, left);
        }
    }
}
