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

    public override async Task StreamingOutputCall(
        StreamingOutputCallRequest request,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        await AnswerAsync(request, responseStream, context);
    }

    public override async Task<StreamingInputCallResponse> StreamingInputCall(
        IAsyncStreamReader<StreamingInputCallRequest> requestStream, ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        var sum = 0;
        await foreach (var request in requestStream.ReadAllAsync())
        {
            sum += request.Payload.Body.Length;
        }

        return new StreamingInputCallResponse { AggregatedPayloadSize = sum };
    }

    public override async Task FullDuplexCall(
        IAsyncStreamReader<StreamingOutputCallRequest> requestStream,
        IServerStreamWriter<StreamingOutputCallResponse> responseStream,
        ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        await foreach (var request in requestStream.ReadAllAsync())
        {
            await AnswerAsync(request, responseStream, context);
        }
    }

    private async Task AnswerAsync(
        StreamingOutputCallRequest request,
        IServerStreamWriter<StreamingOutputCallResponse> responses,
        ServerCallContext context)
    {
        if (request.ResponseStatus is { Code: not 0 } status)
        {
            throw new RpcException(new Status((StatusCode)status.Code, status.Message));
        }

        foreach (var parameters in request.ResponseParameters)
        {
            var body = ByteString.CopyFrom(new byte[parameters.Size]);
            await responses.WriteAsync(new StreamingOutputCallResponse { Payload = new Payload { Body = body } });
        }

        if (context.RequestHeaders.GetValue(HangKey) is { } name)
        {
            await journal.HangAsync(name, context.CancellationToken);
        }
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

    public override Task Download(
        SimpleRequest request, IServerStreamWriter<SimpleResponse> responseStream, ServerCallContext context) =>
        journal.Download(request, responseStream, context);

    public override Task<SimpleResponse> Upload(IAsyncStreamReader<SimpleRequest> requestStream, ServerCallContext context) =>
        journal.Upload(requestStream, context);

    public override Task Chat(
        IAsyncStreamReader<SimpleRequest> requestStream,
        IServerStreamWriter<SimpleResponse> responseStream,
        ServerCallContext context) => journal.Chat(requestStream, responseStream, context);
}
