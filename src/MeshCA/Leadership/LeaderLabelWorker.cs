using Microsoft.Extensions.Hosting;

namespace MeshCA.Leadership;

/// <summary>Sees to the leader's label at each change, and now and then.</summary>
internal sealed class LeaderLabelWorker(LeaderLabel label, SigningRight right, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Resync = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        (bool? Leads, DateTimeOffset Next) last = (null, default);
        using var timer = new PeriodicTimer(LookInterval, clock);
        do
        {
            var (leads, now) = (right.Term is not null, clock.GetUtcNow());
            if (leads != last.Leads || now >= last.Next)
            {
                last = (leads, now + Resync);
                await label.AdvanceAsync(leads, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
