using System.Diagnostics;
using Grpc.Core;
using MeshCA.Authentication;
using MeshCA.Consumers;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Wire.Identity;
using CallCredentials = MeshCA.Authentication.CallCredentials;

namespace MeshCA.Rpc.Bundles;

/// <summary>Streams of the trust bundle: who may have one. What goes on in it is <see cref="BundleStream"/>'s.</summary>
internal sealed class TrustBundlesService(
    CallerAuthenticator authenticator,
    PublishedBundles bundles,
    RevocationPushes revocations,
    FederatedPushes federated,
    ConsumerRegistry registry,
    WatchTimes times,
    PermittedTrustDomains trustDomains,
    TimeProvider clock) : TrustBundles.TrustBundlesBase
{
    /// <inheritdoc />
    public override async Task Watch(
        IAsyncStreamReader<WatchRequest> requestStream, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        var credentials = CallMetadata.CredentialsOf(context);
        var caller = await AuthenticateAsync(credentials, context.CancellationToken);
        var open = await OpenAsync(requestStream, context.CancellationToken);
        using var session = Connect(open, caller, context.Peer);
        var stream = new BundleStream(
            requestStream, responseStream, caller.Id.TrustDomain, bundles, [.. StatesOf(open, caller)], session, times, clock)
        {
            Shared = open.Federated ? trustDomains.SharedWith(caller.Id.TrustDomain) : [],
        };
        var end = await stream.RunAsync(token => JudgeAsync(credentials, caller, token), context.CancellationToken);
        if (end.StatusCode != StatusCode.OK)
        {
            throw new RpcException(end);
        }
    }

    private IEnumerable<IStatePushes> StatesOf(Open open, CallerIdentity caller)
    {
        if (open.Revocations)
        {
            yield return revocations;
        }

        if (open.Federated)
        {
            yield return federated.For(caller.Id);
        }
    }

    private async ValueTask<CallerIdentity> AuthenticateAsync(CallCredentials credentials, CancellationToken cancellationToken)
    {
        var outcome = await authenticator.AuthenticateAsync(credentials, cancellationToken);
        var (caller, refusal) = RequestSubject.Of(outcome, GrpcStatus.Unauthenticated);
        return caller is null ? throw new RpcException(refusal!.Status) // one of both is there
            : trustDomains.Permit(caller) ? caller
            : throw new RpcException(GrpcStatus.Of(RejectionReason.ForeignTrustDomain));
    }

    // Whether the stream may go on: what cannot be judged now was good a minute ago.
    private async ValueTask<bool> JudgeAsync(CallCredentials credentials, CallerIdentity caller, CancellationToken cancellationToken) =>
        await authenticator.AuthenticateAsync(credentials, cancellationToken) switch
        {
            AuthenticationOutcome.Authenticated(var same) => same.Id.Equals(caller.Id),
            AuthenticationOutcome.Refused => false,
            AuthenticationOutcome.Unavailable => true,
            _ => throw new UnreachableException(),
        };

    private async ValueTask<Open> OpenAsync(IAsyncStreamReader<WatchRequest> requests, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(times.Opening, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return await requests.MoveNext(either.Token) && requests.Current.Open is { } open
                ? open
                : throw Refuse(WatchRefusal.NotOpened);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Refuse(WatchRefusal.OpenedTooLate);
        }
    }

    private ConsumerSession Connect(Open open, CallerIdentity caller, string peer)
    {
        if (!IsName(open.Instance))
        {
            throw Refuse(WatchRefusal.InstanceMalformed);
        }

        // What was never published is from another life of this service, before a backup was restored: it says nothing.
        var published = bundles.Current?.Snapshot.BundleSequence ?? 0;
        var (pod, address) = (caller.Evidence.PodUid is { Length: > 0 } uid ? uid : null, PeerText.WithoutPort(peer));
        var consumer = new Consumer
        {
            Kind = ConsumerKind.Stream,
            Identity = caller.Id.ToString(),
            Instance = open.Instance.Length > 0 ? open.Instance : pod ?? address,
            PodUid = pod,
            Peer = address,
            Sequence = open.SequenceInUse <= published ? (long)open.SequenceInUse : 0,
            LastSeen = clock.GetUtcNow(),
            Revocations = open is { Revocations: true, AcknowledgesRevocations: true } ? 0 : null,
        };
        return registry.TryConnect(consumer, out var session) ? session : throw Refuse(WatchRefusal.TooManyConsumers);
    }

    private static bool IsName(string instance) =>
        instance.Length <= ConsumerId.MaxInstanceLength && !instance.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static RpcException Refuse(WatchRefusal refusal) => new(GrpcStatus.Of(refusal));
}
