using System.Collections.Concurrent;
using MeshCA.Agent.Registration;
using Microsoft.Extensions.Hosting;

namespace MeshCA.Agent.Identities;

/// <summary>Follows the entries, with a keeper for each.</summary>
/// <param name="registrations">The entries.</param>
/// <param name="parts">What the keepers share.</param>
internal sealed class IdentityWorker(IRegistrations registrations, KeeperParts parts) : BackgroundService
{
    private static readonly TimeSpan PerEntry = TimeSpan.FromMilliseconds(100);
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    /// <summary>How each entry stands, in no order.</summary>
    public IReadOnlyList<EntryStatus> Statuses => [.. _kept.Values.Select(kept => kept.Keeper.Status)];

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        parts.Identities.TrustChanged += WakeAll;
        parts.Identities.BansChanged += WakeAll;
        try
        {
            var set = registrations.Current;
            while (true)
            {
                await TakeAsync(set, stoppingToken);
                set = await WaitAsync(set.Revision, stoppingToken);
            }
        }
        finally
        {
            parts.Identities.TrustChanged -= WakeAll;
            parts.Identities.BansChanged -= WakeAll;
            await Task.WhenAll(_kept.Values.Select(EndAsync));
        }
    }

    // A keeper that ends by itself met a bug: the host stops with it, and the process is started anew.
    private async Task<RegistrationSet> WaitAsync(long revision, CancellationToken stoppingToken)
    {
        var next = registrations.NewerThanAsync(revision, stoppingToken);
        var ended = await Task.WhenAny([next, .. _kept.Values.Select(kept => kept.Running)]);
        await ended;
        return await next;
    }

    private async Task TakeAsync(RegistrationSet set, CancellationToken stoppingToken)
    {
        var names = set.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        foreach (var (name, kept) in _kept)
        {
            if (!names.TryGetValue(name, out var entry) || !entry.AsksTheSameAs(kept.Entry))
            {
                await EndAsync(kept);
                _kept.TryRemove(name, out _);
                parts.Identities.Forget(name);
            }
        }

        parts.Identities.Register(set.Entries);
        var more = set.Entries.Count(entry => !_kept.ContainsKey(entry.Name));
        foreach (var entry in set.Entries)
        {
            if (_kept.TryGetValue(entry.Name, out var kept))
            {
                kept.Entry = entry;
                kept.Keeper.Rename(entry);
                continue;
            }

            Start(entry, Window(more) * parts.Chance.Next(), stoppingToken);
        }
    }

    // One entry starts at once; many would meet at the CA, those of all nodes after a restart of them all.
    private TimeSpan Window(int entries)
    {
        var window = entries > 1 ? entries * PerEntry : TimeSpan.Zero;
        return window < parts.Settings.Spread ? window : parts.Settings.Spread;
    }

    private void Start(RegistrationEntry entry, TimeSpan delay, CancellationToken stoppingToken)
    {
        var keeper = new EntryKeeper(entry, delay, parts);
        var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        _kept[entry.Name] = new Kept(entry, keeper, end, Task.Run(() => keeper.RunAsync(end.Token), stoppingToken));
    }

    private static async Task EndAsync(Kept kept)
    {
        await kept.End.CancelAsync();
        try
        {
            await kept.Running;
        }
        catch (OperationCanceledException)
        {
            // As it was told.
        }

        kept.End.Dispose();
    }

    private void WakeAll()
    {
        foreach (var kept in _kept.Values)
        {
            kept.Keeper.WakeUp();
        }
    }

    private sealed class Kept(RegistrationEntry entry, EntryKeeper keeper, CancellationTokenSource end, Task running)
    {
        public RegistrationEntry Entry { get; set; } = entry;

        public EntryKeeper Keeper => keeper;

        public CancellationTokenSource End => end;

        public Task Running => running;
    }
}
