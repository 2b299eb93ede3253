using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;

namespace Grpc.Tests.Hosting;

/// <summary>The server side of the interop cases.</summary>
public sealed class InteropTestService(CallJournal journal) : TestService.TestServiceBase
{
    /// <summary>With this key a call waits until it is cancelled.</summary>
    public const string HangKey = "x-test-hang";

    // With this key a call answers once the named call hangs.
    private const string AwaitKey = "x-test-await";

    private const string InitialKey = "x-grpc-test-echo-initial";
    private const string TrailingKey = "x-grpc-test-echo-trailing-bin";

    public override Task<Empty> EmptyCall(Empty request, ServerCallContext context) => Task.FromResult(new Empty());

    public override async Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        if (context.RequestHeaders.GetValue(HangKey) is { } name)
        {
            await journal.HangAsync(name, context.CancellationToken);
        }

        if (context.RequestHeaders.GetValue(AwaitKey) is { } other)
        {
            await journal.Started(other);
        }

        if (request.ResponseStatus is { Code: not 0 } status)
        {
            throw new RpcException(new Status((StatusCode)status.Code, status.Message));
        }

        return new SimpleResponse { Payload = new Payload { Body = ByteString.CopyFrom(new byte[request.ResponseSize]) } };
    }

    private static async Task EchoMetadataAsync(ServerCallContext context)
    {
        if (context.RequestHeaders.GetValue(InitialKey) is { } initial)
        {
            await context.WriteResponseHeadersAsync(new Metadata { { InitialKey, initial } });
        }

        if (context.RequestHeaders.GetValueBytes(TrailingKey) is { } trailing)
        {
            context.ResponseTrailers.Add(TrailingKey, trailing);
        }
    }
}

/// <summary>Behaves as the test says.</summary>
public sealed class ProberService(CallJournal journal) : Prober.ProberBase
{
    public override Task<SimpleResponse> Call(SimpleRequest request, ServerCallContext context) =>
        journal.Handler(request, context);
}
