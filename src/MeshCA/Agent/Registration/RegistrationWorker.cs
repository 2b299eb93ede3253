using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.Registration;

/// <summary>Looks at the registration file every two seconds: that finds what no notification tells, such as a mount that was replaced.</summary>
internal sealed class RegistrationWorker(FileRegistrations registrations, TimeProvider clock, ILogger<RegistrationWorker> logger) : BackgroundService
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Reload();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private void Reload()
    {
        try
        {
            registrations.Reload();
        }
        catch (Exception e)
        {
            // The outermost loop: without it one fault would end all later changes unseen.
            Log.RegistrationFault(logger, e);
        }
    }
}
