using Grpc.Core;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Uptake;
using MeshCA.Configuration;
using MeshCA.Wire.Workload;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.WorkloadApi;

/// <summary>Hears from clients of the Workload API which trust bundle they verify by; the Workload API itself has no such call.</summary>
internal sealed class BundleAcknowledgementsService(WorkloadStreams streams, WorkloadUptake uptake, WorkloadOptions options)
    : BundleAcknowledgements.BundleAcknowledgementsBase
{
    private const string Stream = "acknowledgements";
    private const int MaxFaultLength = 512;

    /// <inheritdoc />
    public override async Task Follow(
        IAsyncStreamReader<BundleInUse> requestStream, IServerStreamWriter<AwaitedBundle> responseStream, ServerCallContext context)
    {
        var connection = WorkloadSocket.ConnectionOf(context.GetHttpContext());
        using var place = streams.Enter(Stream, connection);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        using var seat = uptake.Join(UptakeKind.WorkloadApi, connection, node: "", ending.CancelAsync);
        var talk = new Talk(seat);
        Task[] loops = [SendAsync(talk, connection, responseStream, ending.Token), ReceiveAsync(talk, requestStream, ending.Token)];
        var first = await Task.WhenAny(loops);
        await ending.CancelAsync();

        // Both, whatever the other meets now: what it reads and writes is the call's.
        await Task.WhenAll(loops.Select(loop => loop.ContinueWith(
            static ended => _ = ended.Exception, default, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)));
        if (seat.IsGivenUp && !context.CancellationToken.IsCancellationRequested)
        {
            throw WorkloadStatus.Refuse(WorkloadRefusal.NotAcknowledged); // counted where it was given up
        }

        await first;
    }

    private async Task SendAsync(
        Talk talk, WorkloadConnection connection, IServerStreamWriter<AwaitedBundle> responses, CancellationToken cancellationToken)
    {
        X509BundleDigest? sent = null;
        while (true)
        {
            var (snapshot, view) = await streams.FindAsync(
                connection, each => each.StandingForBundles(options.BundlesForEverybody), cancellationToken);
            if (view.Bundle is { } bundle && !bundle.X509.Digest.Equals(sent))
            {
                sent = bundle.X509.Digest;
                talk.Await(sent);
                await responses.WriteAsync(
                    new() { TrustDomain = bundle.TrustDomain.Name, X509Digest = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(sent.Value) },
                    cancellationToken);
            }

            talk.LookAgain();
            await snapshot.Replaced.WaitAsync(cancellationToken);
        }
    }

    private async Task ReceiveAsync(Talk talk, IAsyncStreamReader<BundleInUse> requests, CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
            var message = requests.Current;
            X509BundleDigest? inUse = null;
            if (message.Fault.Length > MaxFaultLength
                || (message.X509Digest.Length > 0 && !X509BundleDigest.TryRead(message.X509Digest.Span, out inUse)))
            {
                throw streams.Refuse(WorkloadRefusal.AcknowledgementMalformed);
            }

            talk.Hear(inUse, CallerText.Printable(message.Fault));
        }
    }

    // What the two loops share. A fault speaks of what was waited for when it came.
    private sealed class Talk(UptakeSeat seat)
    {
        private readonly Lock _lock = new();
        private X509BundleDigest? _awaited;
        private X509BundleDigest? _inUse;
        private UptakeReport? _report;

        public void Await(X509BundleDigest awaited)
        {
            lock (_lock)
            {
                _awaited = awaited;
                seat.Report(_report = new UptakeReport(_inUse, null, ""));
            }
        }

        // Its entry may have come or gone.
        public void LookAgain()
        {
            lock (_lock)
            {
                seat.Report(_report);
            }
        }

        public void Hear(X509BundleDigest? inUse, string fault)
        {
            lock (_lock)
            {
                _inUse = inUse;
                if (_awaited is not null)
                {
                    seat.Report(_report = new UptakeReport(inUse, fault.Length > 0 ? _awaited : null, fault));
                }
            }
        }
    }
}
