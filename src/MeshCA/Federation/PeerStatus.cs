using SpiffeIdentity.Federation;

namespace MeshCA.Federation;

/// <summary>How the fetching of a peer's bundle went so far; of this process, and replaced whole.</summary>
internal sealed record PeerStanding
{
    /// <summary>A success is written down at most so often: what the store says of the last one may be as much too old.</summary>
    public static readonly TimeSpan CheckWorthWriting = TimeSpan.FromHours(1);

    /// <summary>The relationship that it is about.</summary>
    public required FederationRelationship Relationship { get; init; }

    /// <summary>How often it is fetched.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>When it is fetched next.</summary>
    public required DateTimeOffset NextAttempt { get; init; }

    /// <summary>When it was last tried; null: not yet.</summary>
    public DateTimeOffset? LastAttempt { get; init; }

    /// <summary>When a fetch last showed that the bundle held is current; null: never.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>How many fetches have failed since.</summary>
    public int Failures { get; init; }

    /// <summary>Why the last one failed; null: it did not.</summary>
    public FetchFault? Fault { get; init; }

    /// <summary>The same for people.</summary>
    public string Detail { get; init; } = "";
}

/// <summary>What is wrong with a peer. Metrics and the command line show the name.</summary>
internal enum PeerAlarm
{
    /// <summary>No bundle of it was ever fetched or handed over: nothing of that domain is trusted.</summary>
    NoBundle,

    /// <summary>No fetch succeeded for more than four intervals.</summary>
    Overdue,

    /// <summary>The peer offers a bundle that may not take the place of the one held: an administrator decides.</summary>
    UpdateRefused,

    /// <summary>The last authority of its bundle ends soon: by then nothing of that domain verifies any more.</summary>
    EndsSoon,

    /// <summary>The last authority of its bundle has ended.</summary>
    Ended,

    /// <summary>Its bundle has no authority: the peer took all trust in its domain back.</summary>
    TrustsNothing,
}

/// <summary>How it stands with a peer; pure.</summary>
internal sealed record PeerStatus
{
    /// <summary>What is wrong; empty: nothing.</summary>
    public required IReadOnlyList<PeerAlarm> Alarms { get; init; }

    /// <summary>Since when its bundle is not known to be current; null where none was ever fetched.</summary>
    public required TimeSpan? Age { get; init; }

    /// <summary>When the last authority of its bundle ends; null: it has none.</summary>
    public required DateTimeOffset? End { get; init; }

    /// <summary>How the fetching goes.</summary>
    public required PeerStanding Standing { get; init; }

    /// <summary><c>alarm</c>, <c>stale</c> where the last fetch failed, else <c>ok</c>.</summary>
    public string Word => Alarms.Count > 0 ? "alarm" : Standing.Failures > 0 ? "stale" : "ok";

    /// <summary>Judges a peer that there is a relationship with.</summary>
    /// <param name="known">The peer.</param>
    /// <param name="standing">How the fetching goes.</param>
    /// <param name="settings">When something is wrong.</param>
    /// <param name="now">The present.</param>
    public static PeerStatus Of(KnownPeer known, PeerStanding standing, FederationSettings settings, DateTimeOffset now)
    {
        var end = known.Bundle is { } bundle ? BundleHorizon.LastEnd(bundle.X509) : null;
        var since = standing.LastSuccess ?? known.Peer.AcceptedAt ?? known.Peer.CreatedAt;
        var alarms = new List<PeerAlarm>();
        if (known.Bundle is null)
        {
            alarms.Add(PeerAlarm.NoBundle);
        }
        else if (known.Bundle.X509.Authorities.Count == 0 && known.Bundle.Jwt.Authorities.Count == 0)
        {
            alarms.Add(PeerAlarm.TrustsNothing);
        }

        // At a start, and on a replica that does not lead, the store alone knows of the last success.
        var unwritten = standing.LastAttempt is null ? PeerStanding.CheckWorthWriting : TimeSpan.Zero;
        if (RefreshPlan.IsOverdue(now - since - unwritten, standing.Interval))
        {
            alarms.Add(PeerAlarm.Overdue);
        }

        if (standing.Fault == FetchFault.UpdateRefused)
        {
            alarms.Add(PeerAlarm.UpdateRefused);
        }

        if (end is { } last && last - now < settings.EndAlarm)
        {
            alarms.Add(last < now ? PeerAlarm.Ended : PeerAlarm.EndsSoon);
        }

        return new()
        {
            Alarms = alarms,
            Age = standing.LastSuccess is { } success ? Positive(now - success) : null,
            End = end,
            Standing = standing,
        };
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
