using System.Collections.Immutable;
using MeshCA.Agent.Registration;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Uptake;

/// <summary>Which streams have the wanted roots in use, and so whether the agent may say that they are in use. No clock, no I/O; one caller at a time.</summary>
/// <remarks>
/// A stream that does not answer is waited for as long as the patience lasts, and then given up: it is ended, and its process is
/// not waited for again before it has answered once, or an hour has gone by. So what never answers holds the agent up for one
/// patience and no more, however often it comes back. A stream that refuses holds it up for as long as it is open: there the
/// roots are not in use, and that is known. Who comes after all others had the roots holds nothing up, unless it refuses.
/// </remarks>
/// <param name="patience">How long a stream is waited for.</param>
internal sealed class UptakeLedger(TimeSpan patience)
{
    /// <summary>Most processes that are remembered for their silence; whoever finds no room is waited for again.</summary>
    public const int MaxSilent = 1_024;

    /// <summary>How long they are.</summary>
    public static readonly TimeSpan SilenceLasts = TimeSpan.FromHours(1);

    private readonly HashSet<UptakeMember> _members = [];
    private readonly HashSet<UptakeMember> _lacking = [];
    private readonly Dictionary<WorkloadPeer, DateTimeOffset> _silent = [];
    private readonly int[] _counts = new int[Enum.GetValues<UptakeStanding>().Length];
    private X509BundleDigest? _wanted;
    private bool _isSettled = true;

    /// <summary>The newest state that was looked at.</summary>
    public long Revision { get; private set; }

    /// <summary>Whether the wanted roots are in use: everybody who is waited for had them, and nobody refuses them.</summary>
    public bool IsInUse => _isSettled;

    /// <summary>How many streams stand so.</summary>
    public int Count(UptakeStanding standing) => _counts[(int)standing];

    /// <summary>Those that do not have the wanted roots: who refuses first, then who has lacked them longest.</summary>
    /// <param name="most">Most of them.</param>
    public ImmutableArray<UptakeMember> Lacking(int most) =>
        [.. _lacking.OrderBy(member => member.Standing == UptakeStanding.Refused ? 0 : 1).ThenBy(member => member.Since).Take(most)];

    /// <summary>Takes a state.</summary>
    /// <param name="revision">Its revision.</param>
    /// <param name="wanted">The roots that everybody is to have; null: nobody asks whether they do.</param>
    /// <param name="now">The present.</param>
    public void Follow(long revision, X509BundleDigest? wanted, DateTimeOffset now)
    {
        Revision = revision;
        if (!Equals(wanted, _wanted))
        {
            _wanted = wanted;
            _isSettled = false;
            foreach (var member in _members)
            {
                Place(member, now, isNews: true);
            }
        }

        Settle();
    }

    /// <summary>Takes what a stream shows, the first time or again.</summary>
    /// <param name="member">The stream.</param>
    /// <param name="report">What it shows.</param>
    /// <param name="now">The present.</param>
    public void Report(UptakeMember member, UptakeReport report, DateTimeOffset now)
    {
        if (member.IsGivenUp)
        {
            return;
        }

        var isNew = _members.Add(member);
        if (isNew)
        {
            member.Standing = UptakeStanding.HasThem; // it may have left before
            _counts[(int)member.Standing]++;
            member.IsDoubted = _silent.TryGetValue(member.Peer, out var until) && now < until;
        }

        member.Report = report;
        if (_wanted is not null && (_wanted.Equals(report.InUse) || _wanted.Equals(report.Refused)))
        {
            member.IsDoubted = false;
            _silent.Remove(member.Peer);
        }

        Place(member, now, isNew);
        Settle();
    }

    /// <summary>Lets go of a stream that ended, or follows no roots any more.</summary>
    public void Leave(UptakeMember member)
    {
        if (_members.Remove(member))
        {
            _lacking.Remove(member);
            _counts[(int)member.Standing]--;
            Settle();
        }
    }

    /// <summary>Gives up those that were waited for long enough. Their streams are to be ended.</summary>
    /// <param name="now">The present.</param>
    public ImmutableArray<UptakeMember> GiveUp(DateTimeOffset now)
    {
        // Where nothing is held up, nobody is in the way.
        if (_isSettled)
        {
            return [];
        }

        ImmutableArray<UptakeMember> late =
            [.. _lacking.Where(member => member.Standing == UptakeStanding.Awaited && now - member.Since >= patience)];
        foreach (var member in late)
        {
            Remember(member.Peer, now);
            member.IsGivenUp = true;
            Leave(member);
        }

        return late;
    }

    private UptakeStanding StandingOf(UptakeMember member) =>
        _wanted is null || _wanted.Equals(member.Report.InUse) ? UptakeStanding.HasThem
        : _wanted.Equals(member.Report.Refused) ? UptakeStanding.Refused
        : member.IsDoubted ? UptakeStanding.Ignored
        : UptakeStanding.Awaited;

    private void Place(UptakeMember member, DateTimeOffset now, bool isNews)
    {
        var standing = StandingOf(member);
        _counts[(int)member.Standing]--;
        _counts[(int)standing]++;
        if (isNews || standing != member.Standing)
        {
            member.Since = now;
        }

        member.Standing = standing;
        _ = standing == UptakeStanding.HasThem ? _lacking.Remove(member) : _lacking.Add(member);
    }

    private void Settle() => _isSettled = Count(UptakeStanding.Refused) == 0 && (_isSettled || Count(UptakeStanding.Awaited) == 0);

    private void Remember(WorkloadPeer peer, DateTimeOffset now)
    {
        if (_silent.Count >= MaxSilent && !_silent.ContainsKey(peer))
        {
            foreach (var (known, until) in _silent)
            {
                if (now >= until)
                {
                    _silent.Remove(known); // allowed while enumerating
                }
            }

            if (_silent.Count >= MaxSilent)
            {
                return;
            }
        }

        _silent[peer] = now + SilenceLasts;
    }
}
