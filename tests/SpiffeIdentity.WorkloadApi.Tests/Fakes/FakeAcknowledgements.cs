using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using MeshCA.Wire.Workload;

namespace SpiffeIdentity.WorkloadApi.Tests.Fakes;

/// <summary>The service beside the Workload API on which an agent hears which bundle is in use. What is said is kept in its order.</summary>
[BindServiceMethod(typeof(FakeAcknowledgementsMethods), "BindService")]
internal sealed class FakeAcknowledgements
{
    private readonly Channel<BundleInUse> _said = Channel.CreateUnbounded<BundleInUse>();
    private int _streams;

    /// <summary>What is waited for.</summary>
    public Published<AwaitedBundle> Awaited { get; } = new();

    /// <summary>Ends a stream that begins, with this status; null: it stays.</summary>
    public Func<Status?> Refuse { get; set; } = () => null;

    public int Streams => Volatile.Read(ref _streams);

    public ValueTask<BundleInUse> NextAsync(CancellationToken cancellationToken) => _said.Reader.ReadAsync(cancellationToken);

    public async Task Follow(IAsyncStreamReader<BundleInUse> requests, IServerStreamWriter<AwaitedBundle> responses, ServerCallContext context)
    {
        Interlocked.Increment(ref _streams);
        if (context.RequestHeaders.GetAll("workload.spiffe.io").Select(entry => entry.Value).ToArray() is not ["true"])
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "security header missing from request"));
        }

        if (Refuse() is { } status)
        {
            throw new RpcException(status);
        }

        await Task.WhenAny(SendAsync(responses, context.CancellationToken), ReceiveAsync(requests, context.CancellationToken));
    }

    private async Task SendAsync(IServerStreamWriter<AwaitedBundle> responses, CancellationToken cancellationToken)
    {
        await foreach (var message in Awaited.WatchAsync(cancellationToken))
        {
            await responses.WriteAsync(message, cancellationToken);
        }
    }

    private async Task ReceiveAsync(IAsyncStreamReader<BundleInUse> requests, CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
            // The first one only shows that the stream is there.
            if (!requests.Current.X509Digest.IsEmpty || requests.Current.Fault.Length > 0)
            {
                await _said.Writer.WriteAsync(requests.Current, cancellationToken);
            }
        }
    }
}

/// <summary>What generated code would hold.</summary>
internal abstract class FakeAcknowledgementsMethods
{
    public static readonly Method<BundleInUse, AwaitedBundle> Follow = new(
        MethodType.DuplexStreaming,
        "meshca.workload.v1.BundleAcknowledgements",
        "Follow",
        Marshallers.Create(message => message.ToByteArray(), BundleInUse.Parser.ParseFrom),
        Marshallers.Create(message => message.ToByteArray(), AwaitedBundle.Parser.ParseFrom));

    public static void BindService(ServiceBinderBase binder, FakeAcknowledgements? service) => binder.AddMethod(
        Follow, service is null ? null : new DuplexStreamingServerMethod<BundleInUse, AwaitedBundle>(service.Follow));
}
