using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace SpiffeIdentity.WorkloadApi.Connections;

/// <summary>JWT-SVIDs by identity and audiences; one fetch at a time for each.</summary>
internal sealed class TokenCache(WorkloadApiClient client, WorkloadApiOptions options, ILogger logger, Func<BundleSet?> bundles) : IAsyncDisposable
{
    /// <summary>Most tokens kept; beyond, the one that would be renewed first is dropped.</summary>
    public const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>A token that has not expired.</summary>
    public async Task<JwtSvid> FetchAsync(IReadOnlyCollection<string> audience, SpiffeId? id, CancellationToken cancellationToken)
    {
        Task<Renewal> renewal;
        lock (_lock)
        {
            var entry = EntryOf(audience, id);
            var now = options.Clock.GetUtcNow();
            if (entry.Svid is { } held && now < held.ExpiresAt)
            {
                var isWithdrawn = IsWithdrawn(entry, held);
                if (now < entry.RenewAt && !isWithdrawn)
                {
                    return held; // good, or waiting after a failure
                }

                renewal = Renewed(entry);
                if (now < entry.UrgentAt && !isWithdrawn)
                {
                    return held; // renewed in the background: there is time
                }
            }

            renewal = Renewed(entry);
        }

        return Usable(await renewal.WaitAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] underWay;
        lock (_lock)
        {
            underWay = [.. _entries.Values.Select(entry => entry.UnderWay).OfType<Task>()];
        }

        await Task.WhenAll(underWay);
        _stop.Dispose();
    }

    // Whoever validates has the bundle without the key too. Once for each state of the bundles: a token of the time since may not be had.
    private bool IsWithdrawn(Entry entry, JwtSvid held) =>
        bundles() is { } current
        && !ReferenceEquals(current, entry.JudgedBy)
        && current.TryGet(held.Id.TrustDomain, out var bundle)
        && !bundle.Jwt.TryFind(held.KeyId, out _);

    private JwtSvid Usable(Renewal renewal)
    {
        if (renewal.Svid is not { } svid)
        {
            throw new WorkloadApiException(renewal.Failure!);
        }

        var age = options.Clock.GetUtcNow() - svid.ExpiresAt;
        return age < TimeSpan.Zero
            ? svid
            : throw new SvidUnavailableException(new SvidUnavailable(SvidUnavailableReason.Expired, age, renewal.Failure));
    }

    private Entry EntryOf(IReadOnlyCollection<string> audience, SpiffeId? id)
    {
        var key = Key(audience, id);
        if (_entries.TryGetValue(key, out var entry))
        {
            return entry;
        }

        if (_entries.Count >= Capacity)
        {
            MakeRoom();
        }

        entry = new Entry([.. audience], id, new Backoff(options.FirstRetryDelay, options.MaxRetryDelay));
        _entries.Add(key, entry);
        return entry;
    }

    // What is under way stays, so that it can be waited for: callers bound how many that are.
    private void MakeRoom()
    {
        var settled = _entries.Where(pair => pair.Value.UnderWay is null).Select(pair => pair.Key);
        if (settled.MinBy(key => _entries[key].RenewAt) is { } first)
        {
            _entries.Remove(first);
        }
    }

    // With lengths: an audience may hold any character.
    private static string Key(IReadOnlyCollection<string> audience, SpiffeId? id)
    {
        var key = new StringBuilder(id?.ToString());
        foreach (var name in audience.Order(StringComparer.Ordinal))
        {
            key.Append(CultureInfo.InvariantCulture, $" {name.Length}:{name}");
        }

        return key.ToString();
    }

    private Task<Renewal> Renewed(Entry entry)
    {
        if (entry.UnderWay is { } underWay)
        {
            return underWay;
        }

        // Not within the lock: the call may begin to work at once.
        var renewal = Task.Run(() => RenewAsync(entry));
        entry.UnderWay = renewal;
        return renewal;
    }

    // Fails never: a fetch in the background has nobody to tell.
    private async Task<Renewal> RenewAsync(Entry entry)
    {
        JwtSvid? fetched = null;
        WorkloadApiFailure? failure = null;
        var judgedBy = bundles(); // before the call: what is withdrawn during it is seen at the next
        try
        {
            fetched = (await client.FetchJwtSvidsAsync(entry.Audience, entry.Id, _stop.Token))[0].Svid;
        }
        catch (WorkloadApiException e)
        {
            failure = e.Failure;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            failure = new WorkloadApiFailure(WorkloadApiFailureReason.Unavailable, "the source is disposed");
        }

        lock (_lock)
        {
            entry.UnderWay = null;
            entry.JudgedBy = judgedBy;
            var now = options.Clock.GetUtcNow();
            if (fetched is not null)
            {
                entry.Take(fetched, now);
            }
            else
            {
                entry.RenewAt = now + entry.Backoff.Next();
                if (entry.Svid is not null)
                {
                    ClientLog.TokenNotRenewed(logger, failure!);
                }
            }

            return new Renewal(entry.Svid, failure);
        }
    }

    /// <summary>What a fetch came to.</summary>
    /// <param name="Svid">The newest token, which may be one from before; null for none.</param>
    /// <param name="Failure">Why it is not a new one.</param>
    private sealed record Renewal(JwtSvid? Svid, WorkloadApiFailure? Failure);

    private sealed class Entry(string[] audience, SpiffeId? id, Backoff backoff)
    {
        public string[] Audience { get; } = audience;

        public SpiffeId? Id { get; } = id;

        public Backoff Backoff { get; } = backoff;

        public JwtSvid? Svid { get; private set; }

        /// <summary>From then on a renewal is due.</summary>
        public DateTimeOffset RenewAt { get; set; }

        /// <summary>From then on callers wait for the renewal.</summary>
        public DateTimeOffset UrgentAt { get; private set; }

        public Task<Renewal>? UnderWay { get; set; }

        /// <summary>The bundles when the last fetch began.</summary>
        public BundleSet? JudgedBy { get; set; }

        public void Take(JwtSvid svid, DateTimeOffset now)
        {
            var left = svid.ExpiresAt - now;
            Svid = svid;
            Backoff.Reset();
            RenewAt = now + (left / 2);
            UrgentAt = svid.ExpiresAt - (left / 10); // time for the token to travel, and for clocks that go ahead
        }
    }
}
