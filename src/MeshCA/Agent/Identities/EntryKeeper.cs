using System.Collections.Immutable;
using System.Numerics;
using MeshCA.Agent.Connecting;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Trust;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Svids;

namespace MeshCA.Agent.Identities;

/// <summary>Keeps one entry's SVID: gets it, renews it in time, holds on to the last good one while the CA is away.</summary>
/// <remarks>The old one is replaced, never dropped first; it is withdrawn only once it has expired.</remarks>
internal sealed class EntryKeeper
{
    // A CA whose clock is behind gives what is nearly over: it is not asked as fast as it answers.
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(100);

    private readonly KeeperParts _parts;
    private readonly WakeUp _wakeUp;
    private volatile EntryStatus _status;
    private RegistrationEntry _entry;
    private HeldSvid? _held;
    private ImmutableHashSet<string> _keyIds = [];
    private DueTime _due;
    private int _failures;
    private int _failuresLogged;
    private long _trustSeen = -1;
    private bool _isSuspect;

    /// <summary>Nothing is asked for yet.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="delay">How long the first request waits.</param>
    /// <param name="parts">What all keepers share.</param>
    public EntryKeeper(RegistrationEntry entry, TimeSpan delay, KeeperParts parts)
    {
        _entry = entry;
        _parts = parts;
        _wakeUp = new WakeUp(parts.Clock);
        _due = new DueTime(parts.Clock, parts.Clock.GetUtcNow() + delay);
        _status = new EntryStatus(entry.Name, _due.At);
    }

    /// <summary>How it stands.</summary>
    public EntryStatus Status => _status;

    /// <summary>Has it look at what changed.</summary>
    public void WakeUp() => _wakeUp.Call();

    /// <summary>Takes an entry that differs only in whom it is for.</summary>
    public void Rename(RegistrationEntry entry) => Volatile.Write(ref _entry, entry);

    /// <summary>Keeps it until told to end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Expire();
            Reconsider();
            if (_due.IsOver)
            {
                await AttemptAsync(cancellationToken);
                continue;
            }

            var (wait, life) = (_due.Left, _held is { } held ? EndOf(held) - _parts.Clock.GetUtcNow() : TimeSpan.MaxValue);
            await _wakeUp.WaitAsync(life < wait ? life : wait, cancellationToken);
        }
    }

    private async Task AttemptAsync(CancellationToken cancellationToken)
    {
        var entry = Volatile.Read(ref _entry);
        SvidOutcome outcome;
        using (await _parts.Gate.EnterAsync(_held?.Svid.NotAfter, cancellationToken))
        {
            outcome = await _parts.Requester.RequestAsync(entry, cancellationToken);
        }

        if (outcome is SvidOutcome.Obtained(var held, var answer))
        {
            var current = held with { Entry = Volatile.Read(ref _entry) };
            outcome = _parts.Identities.Hold(current, answer.Bundle, _parts.Roots.SharedWith(answer.Bundle)) is { } fault
                ? new SvidOutcome.Failed(FailureCause.Answer, fault, null)
                : outcome;
            if (outcome is SvidOutcome.Obtained)
            {
                Obtain(current, answer.KeyIds);
                return;
            }
        }

        Fail((SvidOutcome.Failed)outcome);
    }

    private void Obtain(HeldSvid held, ImmutableHashSet<string> keyIds)
    {
        var now = _parts.Clock.GetUtcNow();
        (_held, _keyIds) = (held, keyIds);
        _trustSeen = _parts.Identities.TrustRevision;
        _isSuspect = IsSuspect();
        _parts.Metrics.Requested("obtained");

        // A CA that still signs with a key that it declared compromised: ask again, but not at once and for ever.
        _failures = _isSuspect ? _failures + 1 : 0;
        _failuresLogged = 0;
        var due = _isSuspect
            ? now + RenewalPlan.Retry(_failures, null, null, _parts.Settings, _parts.Chance.Next())
            : RenewalPlan.Due(held.ObtainedAt, held.Svid.NotAfter, _parts.Settings, _parts.Chance.Next());
        _due = new DueTime(_parts.Clock, due < now + ShortestLife ? now + ShortestLife : due);
        Log.SvidObtained(_parts.Logger, held.Entry.Name, held.Svid.Id.ToString(), Serial(held), held.Svid.NotAfter, _due.At);
        Show(null, renewed: true);
    }

    private void Fail(SvidOutcome.Failed failed)
    {
        _failures++;
        var now = _parts.Clock.GetUtcNow();
        TimeSpan? left = _held is { } held ? held.Svid.NotAfter - now : null;
        _due = new DueTime(_parts.Clock, now + RenewalPlan.Retry(_failures, failed.RetryAfter, left, _parts.Settings, _parts.Chance.Next()));
        _parts.Metrics.Requested(failed.Cause.ToString());
        Show(failed, renewed: false);

        // Each doubling is enough while there is time; near the end every failure is news.
        var isUrgent = _held is { } old && now >= old.ObtainedAt + ((old.Svid.NotAfter - old.ObtainedAt) * 0.8);
        if (isUrgent)
        {
            Log.SvidEndsSoon(_parts.Logger, _entry.Name, failed.Cause, failed.Message, _failures, _held!.Svid.NotAfter, _due.At);
        }
        else if (BitOperations.IsPow2(_failures) && _failures > _failuresLogged)
        {
            _failuresLogged = _failures;
            Log.SvidRequestFailed(_parts.Logger, _entry.Name, failed.Cause, failed.Message, _failures, _due.At);
        }
    }

    private void Expire()
    {
        if (_held is not { } held || _parts.Clock.GetUtcNow() < EndOf(held))
        {
            return;
        }

        _parts.Identities.Withdraw(held.Entry.Name);
        (_held, _keyIds) = (null, []);
        Log.SvidExpired(_parts.Logger, held.Entry.Name, held.Svid.Id.ToString(), Serial(held), held.Svid.NotAfter, _failures);
        Show(_status.LastFailure, renewed: false);
    }

    // After each change of trust: is what is held still worth anything to those who follow the bundle?
    private void Reconsider()
    {
        var revision = _parts.Identities.TrustRevision;
        if (revision == _trustSeen)
        {
            return;
        }

        _trustSeen = revision;
        _isSuspect = IsSuspect();

        // After a failure the next request is near anyway.
        if (!_isSuspect || _failures > 0 || _held is not { } held)
        {
            return;
        }

        var now = _parts.Clock.GetUtcNow();
        _due = new DueTime(
            _parts.Clock, RenewalPlan.Early(now, _due.At, held.ObtainedAt, held.Svid.NotAfter, _parts.Settings, _parts.Chance.Next()));
        Log.SvidRenewedEarly(_parts.Logger, held.Entry.Name, Serial(held), _due.At);
        Show(_status.LastFailure, renewed: false);
    }

    private bool IsSuspect()
    {
        var trust = _parts.Identities.Trust;
        return _held is { } held
            && (_keyIds.Overlaps(trust.Tainted)
                || trust.Merge() is not { } bundle
                || held.Svid.Verify(bundle.X509, _parts.Clock.GetUtcNow()) != X509SvidError.None);
    }

    private void Show(SvidOutcome.Failed? failed, bool renewed) => _status = new EntryStatus(_entry.Name, _due.At)
    {
        LastFailure = failed,
        Failures = _failures,
        Renewals = _status.Renewals + (renewed ? 1 : 0),
    };

    // The last second counts as valid (RFC 5280 §4.1.2.5).
    private static DateTimeOffset EndOf(HeldSvid held) => held.Svid.NotAfter.AddSeconds(1);

    private static string Serial(HeldSvid held) => Convert.ToHexStringLower(held.Svid.SerialNumber.Span);
}

/// <summary>What the keepers of all entries share.</summary>
internal sealed record KeeperParts
{
    /// <summary>Takes what they get.</summary>
    public required HeldIdentities Identities { get; init; }

    /// <summary>Asks the CA.</summary>
    public required SvidRequester Requester { get; init; }

    /// <summary>The roots file.</summary>
    public required CaRoots Roots { get; init; }

    /// <summary>Bounds the requests.</summary>
    public required RequestGate Gate { get; init; }

    /// <summary>When to renew.</summary>
    public required RenewalSettings Settings { get; init; }

    /// <summary>Counts.</summary>
    public required AgentMetrics Metrics { get; init; }

    /// <summary>Jitter.</summary>
    public required ChanceSource Chance { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Told of each change.</summary>
    public required ILogger Logger { get; init; }
}

/// <summary>How the keeping of one entry stands.</summary>
/// <param name="Name">The entry's.</param>
/// <param name="Next">When the CA is asked next.</param>
internal sealed record EntryStatus(string Name, DateTimeOffset Next)
{
    /// <summary>The last failure; null after a success.</summary>
    public SvidOutcome.Failed? LastFailure { get; init; }

    /// <summary>How many there were in a row.</summary>
    public int Failures { get; init; }

    /// <summary>How many SVIDs came.</summary>
    public long Renewals { get; init; }
}
