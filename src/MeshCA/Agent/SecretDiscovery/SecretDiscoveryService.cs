using System.Globalization;
using System.Security.Cryptography;
using Grpc.Core;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Uptake;
using MeshCA.Agent.Views;
using MeshCA.Agent.WorkloadApi;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using MeshCA.Wire.Envoy.Discovery.V3;
using Microsoft.Extensions.Logging;

namespace MeshCA.Agent.SecretDiscovery;

/// <summary>Envoy's secret discovery: who asks the kernel says, and <see cref="SecretStream"/> what is answered.</summary>
internal sealed class SecretDiscoveryService(
    WorkloadFeed feed,
    WorkloadStreams streams,
    FanOut fanOut,
    WorkloadUptake uptake,
    WorkloadOptions options,
    WorkloadMetrics metrics,
    TimeProvider clock,
    ILogger<SecretDiscoveryService> logger) : MeshCA.Wire.Envoy.Secrets.V3.SecretDiscoveryService.SecretDiscoveryServiceBase
{
    private const string Stream = "secrets";
    private const int NoncePrefixBytes = 4;

    // Envoy sends its first request with the stream; how long its answers may take is its own affair.
    private static readonly TimeSpan Opening = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);
    private static readonly Wire.Envoy.Core.V3.ControlPlane ControlPlane = new() { Identifier = "meshca-agent" };

    /// <inheritdoc />
    public override async Task StreamSecrets(
        IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context)
    {
        var connection = WorkloadSocket.ConnectionOf(context.GetHttpContext());
        using var place = streams.Enter(Stream, connection);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var first = await OpenAsync(requestStream, ending.Token);
        if (first is null)
        {
            return; // the client has nothing to ask
        }

        using var seat = uptake.Join(UptakeKind.Secrets, connection, NodeOf(first), ending.CancelAsync);
        try
        {
            await RunAsync(requestStream, responseStream, connection, seat, ending.Token);
        }
        catch (OperationCanceledException) when (seat.IsGivenUp && !context.CancellationToken.IsCancellationRequested)
        {
            throw WorkloadStatus.Refuse(WorkloadRefusal.NotAcknowledged); // counted where it was given up
        }
        finally
        {
            // A wait of this stream must not outlive it.
            await ending.CancelAsync();
        }
    }

    /// <inheritdoc />
    public override async Task<DiscoveryResponse> FetchSecrets(DiscoveryRequest request, ServerCallContext context)
    {
        var connection = WorkloadSocket.ConnectionOf(context.GetHttpContext());
        using var place = streams.Enter(WorkloadStreams.Calls, connection);
        var wanted = Read(request);
        if (wanted.Names.IsEmpty)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "no secret is named"));
        }

        var (_, view) = await streams.FindAsync(
            connection, view => view.StandingForBundles(options.BundlesForEverybody), context.CancellationToken);
        var reaction = new SecretStream("").Receive(wanted, CatalogOf(view));
        ThrowIfRefused(reaction, connection, request);
        if (reaction.Deliveries.IsEmpty)
        {
            throw wanted.Names.Select(CatalogOf(view).BanOf).FirstOrDefault(ban => ban is not null) is { } ban
                ? streams.Refuse(ban)
                : streams.Refuse(WorkloadRefusal.NotReady);
        }

        metrics.Sent("fetch_secrets");
        return new DiscoveryResponse
        {
            VersionInfo = reaction.Deliveries[^1].Resource.Version,
            TypeUrl = SecretResource.TypeUrl,
            Resources = { reaction.Deliveries.Select(delivery => delivery.Resource.Packed) },
            ControlPlane = ControlPlane,
        };
    }

    private async Task RunAsync(
        IAsyncStreamReader<DiscoveryRequest> requests,
        IServerStreamWriter<DiscoveryResponse> responses,
        WorkloadConnection connection,
        UptakeSeat seat,
        CancellationToken cancellationToken)
    {
        var node = requests.Current;
        var stream = new SecretStream(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NoncePrefixBytes)));
        var snapshot = feed.Current;
        var never = new TaskCompletionSource().Task;
        var overdue = never;
        await ActAsync(stream.Receive(Read(requests.Current), CatalogOf(snapshot, connection)));
        var request = requests.MoveNext(cancellationToken);
        while (true)
        {
            var replaced = snapshot.Replaced;
            await Task.WhenAny(request, replaced, overdue);
            if (request.IsCompleted)
            {
                if (!await request)
                {
                    return;
                }

                snapshot = feed.Current;
                await ActAsync(stream.Receive(Read(requests.Current), CatalogOf(snapshot, connection)));
                request = requests.MoveNext(cancellationToken);
            }
            else if (replaced.IsCompleted)
            {
                await fanOut.WaitAsync(cancellationToken);
                snapshot = feed.Current;
                await ActAsync(stream.Refresh(CatalogOf(snapshot, connection)));
            }
            else
            {
                await overdue;
                await ActAsync(stream.GiveUpWaiting(CatalogOf(snapshot, connection)));
            }
        }

        async Task ActAsync(SecretReaction reaction)
        {
            if (reaction.Unaccepted is { } unaccepted)
            {
                metrics.SecretNotAccepted();
                Log.SecretNotAccepted(
                    logger, connection.Peer.ProcessId, NodeOf(node), CallerText.Printable(unaccepted.Name), unaccepted.Version, unaccepted.Reason);
            }

            foreach (var name in reaction.Awaited)
            {
                Log.SecretAwaited(logger, connection.Peer.ProcessId, NodeOf(node), CallerText.Printable(name));
            }

            ThrowIfRefused(reaction, connection, node);

            // Before it is written, which may take as long as the proxy likes.
            seat.Report(stream.Roots);
            foreach (var delivery in reaction.Deliveries)
            {
                await responses.WriteAsync(Message(delivery), cancellationToken);
                metrics.Sent(Stream);
            }

            // A new one only where something was sent: requests without end must not leave timers without end.
            overdue = !stream.IsWaiting ? never
                : reaction.Deliveries.IsEmpty ? overdue
                : Task.Delay(AnswerPatience, clock, cancellationToken);
        }
    }

    private async Task<DiscoveryRequest?> OpenAsync(IAsyncStreamReader<DiscoveryRequest> requests, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Opening, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return await requests.MoveNext(either.Token) ? requests.Current : null;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "nothing was asked for in time"));
        }
    }

    private void ThrowIfRefused(SecretReaction reaction, WorkloadConnection connection, DiscoveryRequest node)
    {
        if (reaction.Refusal is not { } refusal)
        {
            return;
        }

        var status = refusal switch
        {
            SecretRefusal.OtherType => new Status(StatusCode.InvalidArgument, "only secrets are served here"),
            SecretRefusal.TooManyNames => new Status(
                StatusCode.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"a stream may ask for {SecretStream.MaxNames} secrets at most")),
            SecretRefusal.NameTooLong => new Status(StatusCode.InvalidArgument, "a name is longer than any secret's"),
            SecretRefusal.NotEntitled => new Status(StatusCode.PermissionDenied, $"no identity issued: `{CallerText.Printable(reaction.Subject)}` is no secret of the caller"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        metrics.Refused($"Secret{refusal}");
        Log.SecretStreamRefused(logger, connection.Peer.ProcessId, NodeOf(node), status.Detail);
        throw new RpcException(status);
    }

    private SecretCatalog CatalogOf(WorkloadSnapshot snapshot, WorkloadConnection connection) => CatalogOf(snapshot.For(connection.Peer));

    private SecretCatalog CatalogOf(WorkloadView view) => new(view, options, clock.GetUtcNow());

    private static SecretRequest Read(DiscoveryRequest request) => new()
    {
        Names = [.. request.ResourceNames],
        TypeUrl = request.TypeUrl,
        Nonce = request.ResponseNonce,
        Error = request.ErrorDetail is { } error ? CallerText.Printable(error.Message) : null,
    };

    private static DiscoveryResponse Message(SecretDelivery delivery) => new()
    {
        VersionInfo = delivery.Resource.Version,
        TypeUrl = SecretResource.TypeUrl,
        Nonce = delivery.Nonce,
        Resources = { delivery.Resource.Packed },
        ControlPlane = ControlPlane,
    };

    private static string NodeOf(DiscoveryRequest first) => CallerText.Printable(first.Node?.Id ?? "");
}
