using AuthzEngine.Policies;

namespace MeshCA.PolicySources.Watched;

/// <summary>Keeps the writer of statuses from a fight with somebody who undoes them, or with a server that drops them. One caller at a time.</summary>
/// <param name="clock">The clock.</param>
internal sealed class StatusAttempts(TimeProvider clock)
{
    private const int MaxTimes = 3;
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly Dictionary<ResourceId, Attempt> _attempts = [];

    /// <summary>Counts an attempt.</summary>
    /// <param name="id">The policy.</param>
    /// <param name="verdict">What is to be said of it.</param>
    /// <param name="generation">Of which generation.</param>
    /// <returns>Whether to make it, and whether it is the first that is not made.</returns>
    public (bool IsAllowed, bool IsFirstRefusal) Count(ResourceId id, PolicyVerdict? verdict, long generation)
    {
        var now = clock.GetUtcNow();
        var attempt = _attempts.TryGetValue(id, out var last) && last.Verdict == verdict && last.Generation == generation && now - last.Since < Memory
            ? last with { Times = Math.Min(last.Times + 1, MaxTimes + 2) }
            : new Attempt(verdict, generation, now, 1);
        _attempts[id] = attempt;
        return (attempt.Times <= MaxTimes, attempt.Times == MaxTimes + 1);
    }

    /// <summary>Forgets all but these.</summary>
    public void Keep(IEnumerable<WatchedPolicy> policies)
    {
        var ids = policies.Select(policy => policy.Id).ToHashSet();
        foreach (var gone in _attempts.Keys.Where(id => !ids.Contains(id)).ToList())
        {
            _attempts.Remove(gone);
        }
    }

    private sealed record Attempt(PolicyVerdict? Verdict, long Generation, DateTimeOffset Since, int Times);
}
