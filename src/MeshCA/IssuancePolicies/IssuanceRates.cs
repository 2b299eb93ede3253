using System.Runtime.InteropServices;
using SpiffeIdentity;

namespace MeshCA.IssuancePolicies;

/// <summary>How many certificates one identity may get: so many at once, and one more each time a share of the time has passed.</summary>
/// <param name="Certificates">How many at once.</param>
/// <param name="Per">In which time as many become free again.</param>
internal sealed record IssuanceRate(int Certificates, TimeSpan Per)
{
    /// <summary>The time after which one more is free.</summary>
    public TimeSpan Step => Per / Certificates;
}

/// <summary>Counts certificates by rule and identity; keeps one time for each that is not at rest, and no more of them than a bound.</summary>
/// <remarks>
/// What is kept is the moment at which the identity will have its whole allowance again (GCRA). One whose moment has passed is
/// as good as unknown, so it is dropped when room is needed. Where no room is left at all, the answer is no: a limit
/// that cannot be kept must not be forgotten.
/// </remarks>
/// <param name="clock">The clock.</param>
/// <param name="capacity">Most rules and identities kept; some 100 bytes each.</param>
internal sealed class IssuanceRates(TimeProvider clock, int capacity = IssuanceRates.DefaultCapacity)
{
    /// <summary>A quarter of a million: more identities than one service issues for in an hour.</summary>
    public const int DefaultCapacity = 1 << 18;

    // Looking at all of them to find room must not be done for each request.
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    // By the machine's count: a clock that was ahead, and is set back, would refuse everybody until then.
    private readonly long _began = clock.GetTimestamp();
    private readonly Dictionary<Key, TimeSpan> _wholeAgain = [];
    private TimeSpan _nextSweep;

    /// <summary>Number of rules and identities kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _wholeAgain.Count;
            }
        }
    }

    /// <summary>Takes one certificate off an identity's allowance under a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="identity">The identity.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTake(IssuanceRule rule, SpiffeId identity)
    {
        if (rule.Rate is not { } rate)
        {
            return true;
        }

        var now = clock.GetElapsedTime(_began);
        var key = new Key(rule.Name, identity);
        lock (_lock)
        {
            if (Next(rate, Moment(key), now) is not { } next || !HasRoom(key, now))
            {
                return false;
            }

            CollectionsMarshal.GetValueRefOrAddDefault(_wholeAgain, key, out _) = next;
            return true;
        }
    }

    /// <summary>Whether <see cref="TryTake"/> would succeed now; nothing is taken.</summary>
    public bool WouldTake(IssuanceRule rule, SpiffeId identity)
    {
        if (rule.Rate is not { } rate)
        {
            return true;
        }

        var now = clock.GetElapsedTime(_began);
        var key = new Key(rule.Name, identity);
        lock (_lock)
        {
            return Next(rate, Moment(key), now) is not null && HasRoom(key, now);
        }
    }

    private TimeSpan Moment(Key key) => _wholeAgain.GetValueOrDefault(key);

    private static TimeSpan? Next(IssuanceRate rate, TimeSpan wholeAgain, TimeSpan now)
    {
        var next = (wholeAgain > now ? wholeAgain : now) + rate.Step;
        return next - now <= rate.Per ? next : null;
    }

    private bool HasRoom(Key key, TimeSpan now)
    {
        if (_wholeAgain.Count < capacity || _wholeAgain.ContainsKey(key))
        {
            return true;
        }

        if (now >= _nextSweep)
        {
            _nextSweep = now + SweepInterval;
            foreach (var (idle, moment) in _wholeAgain)
            {
                if (moment <= now)
                {
                    _wholeAgain.Remove(idle); // allowed while enumerating
                }
            }
        }

        return _wholeAgain.Count < capacity;
    }

    // By name and not by rule: a file that is read again must not give everybody a new allowance.
    private readonly record struct Key(string Rule, SpiffeId Identity);
}
