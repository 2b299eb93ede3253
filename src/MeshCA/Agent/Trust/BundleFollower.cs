using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Agent.Connecting;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Uptake;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Requesting;
using MeshCA.Telemetry;
using MeshCA.Wire.Identity;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;

namespace MeshCA.Agent.Trust;

/// <summary>Follows the CA's stream of the trust bundle, where it has one, and tells it what is in use.</summary>
internal sealed class BundleFollower(
    AgentOptions options,
    AgentCredentials credentials,
    CaChannels channels,
    HeldIdentities identities,
    AppliedStates applied,
    WorkloadUptake workloads,
    WorkloadOptions workloadOptions,
    AgentMetrics metrics,
    TimeProvider clock,
    ILogger<BundleFollower> logger) : BackgroundService
{
    // A CA that has no stream now may be replaced by one that has.
    private static readonly TimeSpan UnimplementedPause = TimeSpan.FromMinutes(10);

    // A stream that ends sooner counts as a failure, whatever it brought: nobody is asked in a tight loop.
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(10);

    // Beside a workload there is room for so much; nothing that the agent serves depends on lists.
    private const int MaxLists = 16 * 1024 * 1024;
    private const int MaxBans = 32 * 1024 * 1024;

    // Files are waited for where workloads are not.
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(30);

    private readonly TrustDomain _trustDomain = TrustDomain.Parse(options.TrustDomain);
    private readonly RenewalSettings _settings = RenewalSettings.From(options);
    private readonly Acknowledgements _acknowledgements = new(
        applied, workloads, workloadOptions.AcknowledgeWithin > TimeSpan.Zero ? workloadOptions.AcknowledgeWithin : UsualPatience, clock, logger);

    private readonly WakeUp _pause = new(clock);
    private volatile StreamStatus _status = new(false, "not opened yet");
    private int _failures;

    /// <summary>How the stream stands.</summary>
    public StreamStatus Status => _status;

    /// <summary>The sequence that the CA knows to be in use; 0: none.</summary>
    public ulong Acknowledged => _acknowledgements.Acknowledged;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.FollowBundle)
        {
            _status = new(false, "Agent:FollowBundle is off");
            return;
        }

        while (true)
        {
            var start = clock.GetTimestamp();
            var (ended, brought) = await FollowAsync(stoppingToken);
            stoppingToken.ThrowIfCancellationRequested();
            identities.StreamClosed();
            await PauseAsync(ended, brought && clock.GetElapsedTime(start) > ShortLife, stoppingToken);
        }
    }

    private async Task PauseAsync(StreamEnd end, bool lived, CancellationToken cancellationToken)
    {
        _failures = lived ? 1 : _failures + 1;
        var pause = end.Code == StatusCode.Unimplemented
            ? UnimplementedPause * (0.5 + (0.5 * ChanceSource.Random.Next()))

            // Its token ran out: the next one is there already.
            : lived && end.Code == StatusCode.Unauthenticated
                ? TimeSpan.Zero
                : RenewalPlan.Retry(_failures, end.RetryAfter, null, _settings, ChanceSource.Random.Next());
        if (_status.IsOpen || _status.LastEnd != end.Message)
        {
            Log.BundleStreamEnded(logger, end.Message, pause);
        }

        _status = new(false, end.Message);
        metrics.StreamEnded(end.Code);
        for (var next = new DueTime(clock, clock.GetUtcNow() + pause); !next.IsOver;)
        {
            await _pause.WaitAsync(next.Left, cancellationToken);
        }
    }

    private async Task<(StreamEnd End, bool Brought)> FollowAsync(CancellationToken stoppingToken)
    {
        var search = credentials.Find(entry: null);
        (StreamEnd End, bool Brought) result = (new(StatusCode.Unknown, search.Fault), false);
        foreach (var credential in search.Found)
        {
            result = await FollowAsync(credential, stoppingToken);
            if (result.Brought || credential.Certificate is null || stoppingToken.IsCancellationRequested)
            {
                return result;
            }
        }

        return result;
    }

    private async Task<(StreamEnd End, bool Brought)> FollowAsync(AgentCredential credential, CancellationToken stoppingToken)
    {
        using var lease = channels.Take(credential.Certificate, out var fault);
        if (lease is null)
        {
            return (new(StatusCode.Unknown, fault ?? ""), false);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var (telling, brought) = (Task.CompletedTask, false);
        try
        {
            using var watch = await BundleWatch.OpenAsync(
                new TrustBundles.TrustBundlesClient(lease.Channel),
                new Open
                {
                    Instance = options.Instance,
                    SequenceInUse = _acknowledgements.Acknowledged,
                    Revocations = true,
                    Federated = true,
                    AcknowledgesRevocations = true,
                },
                new CallOptions(CallMetadata.Of(options, credential), cancellationToken: ending.Token));
            telling = _acknowledgements.RunAsync((word, token) => watch.SayAsync(RequestOf(word), token), ending.Token);
            var (parts, takesRevocations) = (new RevocationParts(MaxLists, MaxBans), false);
            await foreach (var message in watch.ReadAsync(parts, ending.Token))
            {
                brought = true;
                takesRevocations |= message.TakesRevocationAcknowledgements;
                if (Take(message, parts) is { } revision && takesRevocations)
                {
                    await EndAsync(watch.SayAsync(new() { AcknowledgeRevocations = new() { Revision = revision } }, ending.Token));
                }
            }

            return (new(StatusCode.OK, "the CA ended the stream"), brought);
        }
        catch (RpcException e)
        {
            return (new(e.StatusCode, RpcFailures.Describe(e.Status)) { RetryAfter = RetryAdvice.Read(e.Trailers) }, brought);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return (new(StatusCode.Cancelled, "the agent stops"), brought);
        }
        finally
        {
            await ending.CancelAsync();
            await EndAsync(telling);
        }
    }

    // What it could not tell, the stream's end tells as well.
    private static async Task EndAsync(Task telling)
    {
        try
        {
            await telling;
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException or InvalidOperationException or ObjectDisposedException)
        {
            // The stream is over.
        }
    }

    // The revision of a state of bans and revocations that is wholly in force.
    private long? Take(WatchResponse message, RevocationParts parts)
    {
        switch (message.MessageCase)
        {
            case WatchResponse.MessageOneofCase.Bundle:
                Take(message.Bundle, message.TakesBehind);
                break;
            case WatchResponse.MessageOneofCase.Federated:
                identities.Federate(BundleReading.ReadFederated(message.Federated, _trustDomain, identities.Trust.Foreign, out var faults));
                foreach (var fault in faults.Take(8))
                {
                    Log.FederatedBundleRefused(logger, fault);
                }

                break;
            case WatchResponse.MessageOneofCase.Revocations:
                return Take(message.Revocations, parts.HasAllBans, parts.HasAllLists) ? message.Revocations.Revision : null;
            default:
                break;
        }

        return null;
    }

    private bool Take(RevocationState state, bool hasAllBans, bool hasAllLists)
    {
        // With too many of them nobody would be banned: the last ones stay in force.
        var (bans, malformed) = (identities.Bans.At(clock.GetUtcNow()), 0);
        if (hasAllBans)
        {
            bans = BanReading.Read(state, clock.GetUtcNow(), out malformed);
        }

        if (!hasAllBans || malformed > 0)
        {
            Log.BansNotTaken(logger, state.Revision, hasAllBans ? $"{malformed} name no identity, and ban nobody" : "they are too many, and the last ones stay in force");
        }

        // With too many lists SDS would give contexts without any, and Envoy refuse nobody: the last ones stay while they are current.
        identities.Revoke(hasAllLists ? [.. state.Lists.Select(list => list.Der.Memory).Where(der => !der.IsEmpty)] : identities.Lists, bans);
        return hasAllBans && hasAllLists && malformed == 0;
    }

    private static WatchRequest RequestOf(Acknowledgement word) => word switch
    {
        Acknowledgement.InUse(var sequence) => new() { Acknowledge = new() { Sequence = sequence } },
        Acknowledgement.Behind(var sequence, var count, var examples) { StillInUse: var inUse } =>
            new() { Behind = new() { Sequence = sequence, Count = (uint)count, Examples = { examples }, SequenceInUse = inUse } },
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private void Take(TrustBundle message, bool takesBehind)
    {
        if (!BundleReading.TryRead(message, _trustDomain, out var bundle, out var fault))
        {
            Log.BundleRefused(logger, message.Sequence, fault);
            metrics.BundleRefused();
            return;
        }

        _status = new(true, "");
        var tainted = BundleReading.TaintedOf(message);
        var state = identities.Follow(bundle, tainted, BundleReading.SharedOf(message, _trustDomain));
        Log.BundleFollowed(logger, message.Sequence, bundle.X509.Authorities.Count, tainted.Count);
        _acknowledgements.Add(message.Sequence, state.Revision, takesBehind, bundle.X509.Digest);
    }

    /// <summary>How a stream ended.</summary>
    private sealed record StreamEnd(StatusCode Code, string Message)
    {
        public TimeSpan? RetryAfter { get; init; }
    }
}

/// <summary>How the bundle stream stands.</summary>
/// <param name="IsOpen">Whether it is open and brought a bundle.</param>
/// <param name="LastEnd">How it ended the last time; empty while it is open.</param>
internal sealed record StreamStatus(bool IsOpen, string LastEnd);
