using System.Security.Cryptography;
using KubernetesClient.Models;

namespace KubernetesClient.LeaderElection;

/// <summary>Elects one leader among candidates by a Lease, with the rules of client-go.</summary>
/// <remarks>
/// A leader leads until <see cref="LeaseSettings.RenewDeadline"/> after it *began* its last renewal; no other takes the lease before
/// <see cref="LeaseSettings.LeaseDuration"/> after it *saw* that renewal. So no two lead at once, however their wall clocks differ, as long as
/// their clocks run about equally fast. What takes long must look at <see cref="IsLeader"/> again before its effect.
/// </remarks>
public sealed class LeaseElector
{
    private readonly IKubernetes _api;
    private readonly LeaseSettings _settings;
    private readonly TimeProvider _clock;
    private readonly long _epoch;
    private volatile Leadership? _leadership;
    private volatile string? _holder;
    private LeaseObservation? _seen;
    private V1Lease? _held;
    private bool _told;

    /// <summary>Makes a candidate, which does nothing until it runs.</summary>
    /// <param name="api">The server.</param>
    /// <param name="settings">The election.</param>
    /// <param name="clock">The time.</param>
    /// <exception cref="ArgumentException">The settings have a <see cref="LeaseSettings.Fault"/>.</exception>
    public LeaseElector(IKubernetes api, LeaseSettings settings, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(clock);
        if (settings.Fault is { } fault)
        {
            throw new ArgumentException(fault, nameof(settings));
        }

        (_api, _settings, _clock, _epoch) = (api, settings, clock, clock.GetTimestamp());
    }

    /// <summary>Whether this candidate leads now. Reads the clock each time: true is true for this moment.</summary>
    public bool IsLeader => _leadership?.Lasts(Now, _clock.GetUtcNow()) == true;

    /// <summary>How much longer it leads without a further renewal; zero where it does not.</summary>
    public TimeSpan RemainingLeadership
    {
        get
        {
            var (leadership, now, utcNow) = (_leadership, Now, _clock.GetUtcNow());
            return leadership?.Lasts(now, utcNow) != true ? TimeSpan.Zero
                : leadership.Until - now < leadership.UntilUtc - utcNow ? leadership.Until - now
                : leadership.UntilUtc - utcNow;
        }
    }

    /// <summary>The timestamp of the clock (<see cref="TimeProvider.GetTimestamp"/>) from which on it must act as if it had lost; 0 where it does not lead.</summary>
    public long LeaderUntil => _leadership is { } leadership ? _epoch + (long)(leadership.Until.TotalSeconds * _clock.TimestampFrequency) : 0;

    /// <summary>Who leads as far as is known; null or empty where nobody.</summary>
    public string? Holder => _holder;

    /// <summary>Told when it begins and when it ceases to lead; called by <see cref="RunAsync"/>, one call after the other; quick, and throws nothing.</summary>
    public event Action<bool>? LeadershipChanged;

    /// <summary>Told of each call that failed; called by <see cref="RunAsync"/>; quick, and throws nothing.</summary>
    public event Action<ApiFailure>? CallFailed;

    private TimeSpan Now => _clock.GetElapsedTime(_epoch);

    /// <summary>Takes part until it is cancelled, and gives the lease back then.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await TryAsync(cancellationToken);
                Tell();
                await Task.Delay(NextTry(), _clock, cancellationToken);
                Tell();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // This is how it ends.
        }
        finally
        {
            var leads = IsLeader;
            _leadership = null; // before others are let in
            Tell();
            if (leads)
            {
                await ReleaseAsync();
            }
        }
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        // A call must not keep a leader from noticing in time that it is one no longer.
        var patience = RemainingLeadership is { Ticks: > 0 } remaining ? remaining : _settings.RenewDeadline;
        using var deadline = new CancellationTokenSource(patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            if (await TryOnceAsync(either.Token))
            {
                // Somebody wrote it since: it must be known soon whether they lead now.
                _held = null;
                await TryOnceAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _held = null; // what was asked may have been done or not
            Failed(new(ApiFailureKind.TimedOut, "no answer within the time that a renewal may take"));
        }
    }

    // True: what was held of the lease is out of date.
    private async Task<bool> TryOnceAsync(CancellationToken cancellationToken)
    {
        var lease = _held;
        var read = false;
        if (lease is null || !IsLeader)
        {
            read = true;
            switch (await _api.ReadAsync<V1Lease>(_settings.Name, _settings.Namespace, cancellationToken))
            {
                case ApiOutcome<V1Lease>.Done(var found):
                    lease = found;
                    break;
                case ApiOutcome<V1Lease>.Failed({ Kind: ApiFailureKind.NotFound }):
                    lease = null;
                    break;
                case ApiOutcome<V1Lease>.Failed(var failure):
                    Failed(failure);
                    return false;
            }
        }

        var began = Now;
        var beganUtc = _clock.GetUtcNow();
        _seen = lease is null ? _seen : LeaseObservation.Of(_seen, lease, began);
        _holder = lease?.Spec?.HolderIdentity;
        var written = LeaseStep.Decide(_settings, lease, _seen, began, beganUtc) switch
        {
            LeaseStep.Create(var fresh) => await _api.CreateAsync(fresh, cancellationToken),
            LeaseStep.Update(var changed) => await _api.ReplaceAsync(changed, null, cancellationToken),
            _ => null,
        };
        switch (written)
        {
            case ApiOutcome<V1Lease>.Done(var mine):
                _held = mine;
                _seen = LeaseObservation.Of(_seen, mine, began);
                _holder = _settings.Identity;
                _leadership = new Leadership(began + _settings.RenewDeadline, beganUtc + _settings.RenewDeadline);
                return false;
            case ApiOutcome<V1Lease>.Failed(var failure):
                _held = null;
                if (failure.Kind is not (ApiFailureKind.Conflict or ApiFailureKind.AlreadyExists))
                {
                    Failed(failure);
                    return false;
                }

                return !read;
            default:
                _held = null;
                _leadership = null; // somebody else holds it
                return false;
        }
    }

    private async Task ReleaseAsync()
    {
        if (_held is not { } held)
        {
            return;
        }

        // The caller's token is cancelled already: this is what it waits for, but not for long.
        using var deadline = new CancellationTokenSource(_settings.RetryPeriod, _clock);
        try
        {
            if (await _api.ReplaceAsync(LeaseStep.Release(held, _clock.GetUtcNow()), null, deadline.Token) is ApiOutcome<V1Lease>.Failed(var failure))
            {
                Failed(failure);
            }
        }
        catch (OperationCanceledException)
        {
            // Others wait for its end then, as after a crash.
        }
    }

    private TimeSpan NextTry()
    {
        var period = _settings.RetryPeriod * (1 + (RandomNumberGenerator.GetInt32(100) / 1000.0));
        return RemainingLeadership is { Ticks: > 0 } remaining && remaining < period ? remaining : period;
    }

    private void Tell()
    {
        var leads = IsLeader;
        if (leads != _told)
        {
            _told = leads;
            if (!leads)
            {
                _leadership = null; // a clock that goes back must not bring it back
            }

            LeadershipChanged?.Invoke(leads);
        }
    }

    private void Failed(ApiFailure failure) => CallFailed?.Invoke(failure);
}
