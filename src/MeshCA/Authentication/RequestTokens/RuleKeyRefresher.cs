using AuthzEngine.Policies;
using MeshCA.Authentication.Keys;
using MeshCA.Policies;
using MeshCA.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>Keeps the keys of the rules in force fresh in the background; those of rules gone are dropped.</summary>
/// <param name="snapshots">The policies; null where there are none.</param>
/// <param name="rings">Where decisions find the keys.</param>
/// <param name="settings">From whom keys are fetched, and when.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Takes what happens.</param>
internal sealed class RuleKeyRefresher(
    IPolicySnapshots? snapshots, RuleKeyRings rings, RuleKeySettings settings, TimeProvider clock, ILogger<RuleKeyRefresher> logger)
    : BackgroundService
{
    private readonly RuleKeyReadings _readings = new(logger);
    private readonly Dictionary<RuleKeyAddress, RunningReader> _running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            for (var revision = 0L; snapshots is not null;)
            {
                var snapshot = await snapshots.WaitForAsync(revision, stoppingToken);
                await FollowAsync(snapshot, stoppingToken);
                revision = snapshot.Revision + 1;
            }
        }
        finally
        {
            await DropAsync([.. _running.Keys]);
        }
    }

    private async Task FollowAsync(PolicySnapshot snapshot, CancellationToken stoppingToken)
    {
        var wanted = snapshot.Resources.InForce.Resources.OfType<RequestAuthentication>()
            .SelectMany(resource => resource.JwtRules).OfType<JwtRule>()
            .Select(RuleKeyAddress.Of).OfType<RuleKeyAddress>()
            .ToHashSet();
        foreach (var address in wanted.Where(address => !_running.ContainsKey(address)))
        {
            Start(address, stoppingToken);
        }

        var gone = _running.Keys.Where(address => !wanted.Contains(address)).ToList();
        rings.Replace(_running.Where(pair => wanted.Contains(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value.Ring));
        await DropAsync(gone);
    }

    private void Start(RuleKeyAddress address, CancellationToken stoppingToken)
    {
        if (address.Open(settings.PolicyFor(address)) is not { } source)
        {
            Log.RuleKeysNowhere(logger, address.Url);
            return;
        }

        var ring = new KeyRing(settings.ScheduleFor(address));
        var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        _running.Add(address, new(ring, stop, new KeyReader(ring, source, clock, _readings).RunAsync(stop.Token)));
    }

    private async Task DropAsync(IReadOnlyList<RuleKeyAddress> addresses)
    {
        foreach (var address in addresses)
        {
            _running.Remove(address, out var reader);
            await reader!.DisposeAsync(); // its addresses are those of running readers
        }
    }

    private sealed class RunningReader(KeyRing ring, CancellationTokenSource stop, Task reading) : IAsyncDisposable
    {
        public KeyRing Ring { get; } = ring;

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
#pragma warning disable VSTHRD003 // It was started for this object, which alone waits for it.
            await reading;
#pragma warning restore VSTHRD003
            stop.Dispose();
        }
    }
}
