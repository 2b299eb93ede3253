using System.Collections.Concurrent;
using System.Diagnostics;
using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Federation;

namespace MeshCA.Federation;

/// <summary>Fetches the bundles of peers when they are due, and keeps in sight how that goes.</summary>
/// <remarks>
/// A failure leaves the bundle held in force, for as long as it takes: whom a peer trusts is the peer's to say, and silence says nothing. Each
/// peer is fetched by itself; one that is slow or hostile holds up no other.
/// </remarks>
/// <param name="register">The peers.</param>
/// <param name="fetcher">Fetches.</param>
/// <param name="authorities">Has our own bundle, which verifies an endpoint of ours that serves another's bundle.</param>
/// <param name="settings">How often, and when something is wrong.</param>
/// <param name="chance">Spreads the fetches.</param>
/// <param name="metrics">Counts them.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Gets changes, and faults once.</param>
internal sealed class FederationPoller(
    FederationRegister register,
    IBundleFetcher fetcher,
    IAuthoritySnapshots authorities,
    FederationSettings settings,
    ChanceSource chance,
    FederationMetrics metrics,
    TimeProvider clock,
    ILogger<FederationPoller> logger)
{
    /// <summary>Most fetches at once.</summary>
    public const int MaxAtOnce = 8;

    private readonly ConcurrentDictionary<string, Watched> _watched = new(StringComparer.Ordinal);

    /// <summary>How it stands with a peer that there is a relationship with; null where there is none.</summary>
    public PeerStatus? StatusOf(KnownPeer known) =>
        known.Peer.Relationship is { } relationship
            ? PeerStatus.Of(known, StandingOf(known, relationship), settings, clock.GetUtcNow())
            : null;

    /// <summary>Begins the fetches that are due and returns at once. One caller at a time.</summary>
    /// <param name="cancellationToken">Ends the fetches.</param>
    public void StartDue(CancellationToken cancellationToken)
    {
        var (peers, now) = (register.Current.Peers, clock.GetUtcNow());
        Forget(peers);
        var free = MaxAtOnce - _watched.Values.Count(watched => watched.IsRunning);
        foreach (var known in peers)
        {
            if (free > 0
                && known.Peer.Relationship is { } relationship
                && WatchedOf(known.Peer.TrustDomain) is { IsRunning: false } watched
                && StandingOf(known, relationship).NextAttempt <= now)
            {
                watched.Running = RunAsync(known.Peer.TrustDomain, cancellationToken);
                free--;
            }
        }
    }

    /// <summary>Waits until no fetch that was begun is under way.</summary>
    public Task IdleAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_watched.Values.Select(watched => watched.Running)).WaitAsync(cancellationToken);

    /// <summary>Fetches a peer's bundle now.</summary>
    /// <param name="trustDomain">Whose.</param>
    /// <param name="cancellationToken">Ends the fetch.</param>
    public Task<PollOutcome> PollAsync(TrustDomain trustDomain, CancellationToken cancellationToken) =>
        InTurnAsync(trustDomain, known => PollAsync(known, null, cancellationToken), cancellationToken);

    /// <summary>Fetches a peer's bundle now and takes it whatever its sequence: an administrator's word against a rolled-back peer.</summary>
    /// <param name="trustDomain">Whose.</param>
    /// <param name="override">Who says so, and why.</param>
    /// <param name="cancellationToken">Ends the fetch.</param>
    public Task<PollOutcome> ForceAsync(TrustDomain trustDomain, FederationOverride @override, CancellationToken cancellationToken) =>
        InTurnAsync(trustDomain, known => PollAsync(known, @override, cancellationToken), cancellationToken);

    /// <summary>Takes a bundle that was handed over out of band, whatever its sequence: how a relationship that lost its overlap comes back.</summary>
    /// <param name="trustDomain">Whose.</param>
    /// <param name="document">The document; untrusted but for who hands it over.</param>
    /// <param name="override">Who says so, and why.</param>
    /// <param name="cancellationToken">Gives up the wait before it begins.</param>
    public Task<PollOutcome> TakeAsync(
        TrustDomain trustDomain, ReadOnlyMemory<byte> document, FederationOverride @override, CancellationToken cancellationToken) =>
        InTurnAsync(trustDomain, known => JudgeAsync(known, document, null, @override, isFetched: false, cancellationToken), cancellationToken);

    /// <summary>Logs what has become wrong or right since the last look. One caller at a time.</summary>
    public void Look()
    {
        foreach (var known in register.Current.Peers)
        {
            if (StatusOf(known) is not { } status)
            {
                continue;
            }

            var watched = WatchedOf(known.Peer.TrustDomain);
            foreach (var alarm in status.Alarms.Except(watched.Alarms))
            {
                Log.FederationAlarm(logger, known.Peer.TrustDomain.Name, alarm.ToString(), status.Age, status.End, status.Standing.Detail);
            }

            foreach (var alarm in watched.Alarms.Except(status.Alarms))
            {
                Log.FederationAlarmOver(logger, known.Peer.TrustDomain.Name, alarm.ToString());
            }

            watched.Alarms = status.Alarms;
        }
    }

    private async Task RunAsync(TrustDomain trustDomain, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            await PollAsync(trustDomain, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The service stops.
        }

        // The outermost frame of a fetch: a fault of ours must not be tried again at once, nor end the others.
        catch (Exception e)
        {
            Log.FederationFault(logger, trustDomain.Name, e);
            if (register.Current.Find(trustDomain) is { Peer.Relationship: { } relationship } known)
            {
                Fail(WatchedOf(trustDomain), StandingOf(known, relationship), FetchFault.Unreachable, e.GetType().Name);
            }
        }
    }

    private async Task<PollOutcome> InTurnAsync(
        TrustDomain trustDomain, Func<KnownPeer, Task<PollOutcome>> act, CancellationToken cancellationToken)
    {
        if (register.Current.Find(trustDomain) is not { Peer.Relationship: not null })
        {
            return new PollOutcome.Gone();
        }

        var watched = WatchedOf(trustDomain);
        await watched.Turn.WaitAsync(cancellationToken);
        try
        {
            var outcome = register.Current.Find(trustDomain) is { Peer.Relationship: not null } known ? await act(known) : new PollOutcome.Gone();
            metrics.Polled(trustDomain.Name, outcome.Word);
            return outcome;
        }
        finally
        {
            watched.Turn.Release();
        }
    }

    private async Task<PollOutcome> PollAsync(KnownPeer known, FederationOverride? @override, CancellationToken cancellationToken)
    {
        var relationship = known.Peer.Relationship!; // not null: the caller looked
        var (watched, standing) = (WatchedOf(known.Peer.TrustDomain), StandingOf(known, relationship));
        if (!TryFindVerifier(known, relationship, out var verifier))
        {
            return Fail(watched, standing, FetchFault.NoVerifier, $"there is no bundle of `{relationship.Verifier}` to verify the endpoint by");
        }

        var tag = @override is null && watched.TagOf.Span.SequenceEqual(known.Peer.Document.Span) ? watched.Tag : null;
        switch (await fetcher.FetchAsync(new BundleQuestion(relationship, verifier, tag), cancellationToken))
        {
            case BundleAnswer.NotModified:
                return await SucceedAsync(known, standing, standing.Interval, cancellationToken);
            case BundleAnswer.Fetched(var document, var itsTag):
                return await JudgeAsync(known, document, itsTag, @override, isFetched: true, cancellationToken);
            case BundleAnswer.Failed(var fault, var detail):
                return Fail(watched, standing, fault, detail);
            default:
                throw new UnreachableException();
        }
    }

    private async Task<PollOutcome> JudgeAsync(
        KnownPeer known,
        ReadOnlyMemory<byte> document,
        string? tag,
        FederationOverride? @override,
        bool isFetched,
        CancellationToken cancellationToken)
    {
        var (relationship, name) = (known.Peer.Relationship!, known.Peer.TrustDomain); // not null: the caller looked
        var (watched, standing) = (WatchedOf(name), StandingOf(known, relationship));
        if (document.Length > FederationPlanner.MaxDocument)
        {
            return Fail(watched, standing, FetchFault.TooLarge, $"the document has {document.Length} bytes");
        }

        if (!SpiffeBundleReader.TryRead(name, document, out var bundle, out var error))
        {
            return Fail(watched, standing, FetchFault.MalformedDocument, error.ToString());
        }

        var offer = new BundleOffer(relationship, document, bundle, @override?.Actor ?? "system", @override is not null, @override?.Reason ?? "");
        FederationPlan plan;
        try
        {
            plan = await register.ChangeAsync(
                stored => FederationPlanner.Accept(stored, offer, register.Current.Find(name)?.Bundle, clock.GetUtcNow()), cancellationToken);
        }
        catch (Exception e) when (e is JournalUnavailableException or KeySealException)
        {
            return Fail(watched, standing, FetchFault.StoreUnavailable, e.Message);
        }

        var interval = RefreshPlan.IntervalOf(bundle.RefreshHint, settings.Limits);
        switch (plan)
        {
            case FederationPlan.Planned:
                (watched.Tag, watched.TagOf) = (tag, document);
                Note(watched, isFetched ? Succeeded(standing, interval) : Taken(standing, interval));
                Log.FederatedBundleChanged(logger, name.Name, bundle.Sequence, bundle.X509.Authorities.Count, offer.Actor);
                return new PollOutcome.Updated(bundle.Sequence);
            case FederationPlan.Nothing when !isFetched:
                Note(watched, Taken(standing, interval));
                return new PollOutcome.Unchanged();
            case FederationPlan.Nothing(var peer):
                (watched.Tag, watched.TagOf) = (tag, peer.Document);
                return await SucceedAsync(known, standing, interval, cancellationToken);
            case FederationPlan.Refused { Reason: FederationRefusal.BundleRefused, Detail: var detail }:
                return Fail(watched, standing, FetchFault.UpdateRefused, detail);
            case FederationPlan.Refused:
                return new PollOutcome.Gone();
            default:
                throw new UnreachableException();
        }
    }

    private async Task<PollOutcome> SucceedAsync(KnownPeer known, PeerStanding standing, TimeSpan interval, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        Note(WatchedOf(known.Peer.TrustDomain), Succeeded(standing, interval));
        if (known.Peer.CheckedAt is not { } written || now - written >= PeerStanding.CheckWorthWriting)
        {
            try
            {
                await register.ChangeAsync(stored => FederationPlanner.Check(stored, known.Peer.TrustDomain, now), cancellationToken);
            }
            catch (Exception e) when (e is JournalUnavailableException or KeySealException)
            {
                // Told again by the next success.
                Log.FederationNotWritten(logger, known.Peer.TrustDomain.Name, e.Message);
            }
        }

        return new PollOutcome.Unchanged();
    }

    private PeerStanding Succeeded(PeerStanding standing, TimeSpan interval)
    {
        var now = clock.GetUtcNow();
        return standing with
        {
            Interval = interval,
            LastAttempt = now,
            LastSuccess = now,
            NextAttempt = now + RefreshPlan.AfterSuccess(interval, chance.Next()),
            Failures = 0,
            Fault = null,
            Detail = "",
        };
    }

    // What was handed over is not known to be current: it is asked for at once.
    private PeerStanding Taken(PeerStanding standing, TimeSpan interval) => standing with
    {
        Interval = interval,
        NextAttempt = clock.GetUtcNow(),
        Failures = 0,
        Fault = null,
        Detail = "",
    };

    private PollOutcome.Failed Fail(Watched watched, PeerStanding standing, FetchFault fault, string detail)
    {
        var now = clock.GetUtcNow();
        if (standing.Fault != fault)
        {
            Log.FederatedBundleNotFetched(logger, standing.Relationship.TrustDomain.Name, fault.ToString(), detail);
        }

        Note(watched, standing with
        {
            LastAttempt = now,
            NextAttempt = now + RefreshPlan.AfterFailure(standing.Interval, settings.Limits, chance.Next()),
            Failures = Math.Min(standing.Failures, int.MaxValue - 1) + 1,
            Fault = fault,
            Detail = detail,
        });
        return new PollOutcome.Failed(fault, detail);
    }

    // Self-serving: the newest fetched one, the bootstrap before the first; else that other domain's own present one, never a union (Federation §5.2.2.2).
    private bool TryFindVerifier(KnownPeer known, FederationRelationship relationship, out X509Bundle? verifier)
    {
        verifier = relationship.Verifier switch
        {
            null => null,
            _ when relationship.IsSelfServing => known.Bundle?.X509,
            { } domain when authorities.Current is { } own && own.TrustDomain.Equals(domain) => own.Bundle,
            { } domain => register.Current.Find(domain)?.Bundle?.X509,
        };
        return relationship.Verifier is null || verifier is not null;
    }

    private PeerStanding StandingOf(KnownPeer known, FederationRelationship relationship) =>
        WatchedOf(known.Peer.TrustDomain).Standing is { } standing && FederationPlanner.IsSame(standing.Relationship, relationship)
            ? standing
            : new()
            {
                Relationship = relationship,
                Interval = RefreshPlan.IntervalOf(known.Bundle?.RefreshHint, settings.Limits),
                NextAttempt = DateTimeOffset.MinValue,
                LastSuccess = known.Peer.CheckedAt,
            };

    private void Forget(IReadOnlyList<KnownPeer> peers)
    {
        var kept = peers.Where(known => known.Peer.Relationship is not null).Select(known => known.Peer.TrustDomain.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, watched) in _watched)
        {
            if (!kept.Contains(name) && !watched.IsRunning)
            {
                _watched.TryRemove(name, out _);
            }
        }
    }

    private Watched WatchedOf(TrustDomain trustDomain) => _watched.GetOrAdd(trustDomain.Name, static _ => new());

    private static void Note(Watched watched, PeerStanding standing) => watched.Standing = standing;

    private sealed class Watched
    {
        private volatile PeerStanding? _standing;

        // One fetch of a peer at a time: of two answers the older must not come last.
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public PeerStanding? Standing
        {
            get => _standing;
            set => _standing = value;
        }

        public Task Running { get; set; } = Task.CompletedTask;

        public bool IsRunning => !Running.IsCompleted;

        /// <summary>The tag of the last answer, and the document that it was the tag of; guarded by the turn.</summary>
        public string? Tag { get; set; }

        public ReadOnlyMemory<byte> TagOf { get; set; }

        public IReadOnlyList<PeerAlarm> Alarms { get; set; } = [];
    }
}

/// <summary>An administrator's word that a bundle is taken whatever its sequence.</summary>
/// <param name="Actor">Who says so.</param>
/// <param name="Reason">Why, for the audit.</param>
internal sealed record FederationOverride(string Actor, string Reason);
