using System.Net.Http;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>One call with one response.</summary>
internal sealed class UnaryClientCall<TRequest, TResponse>(
    HttpMessageInvoker http,
    Method<TRequest, TResponse> method,
    GrpcChannelOptions channel,
    CallOptions options,
    CancellationToken closed) : ClientCall(http, channel, options, closed)
    where TRequest : class
    where TResponse : class
{
    /// <summary>Sends the request.</summary>
    public AsyncUnaryCall<TResponse> Start(Uri uri, string? host, TRequest request) =>
        new(RunAsync(uri, host, request, null), Headers, () => Ended().Status, () => Ended().Trailers, GiveUp);

    /// <summary>Starts a stream of requests.</summary>
    public AsyncClientStreamingCall<TRequest, TResponse> Start(Uri uri, string? host)
    {
        var content = new RequestStreamContent();
        var requests = new RequestStreamWriter<TRequest>(
            this, content, method.RequestMarshaller.ContextualSerializer, Channel.MaxSendMessageSize);
        return new(
            requests, RunAsync(uri, host, null, content), Headers, () => Ended().Status, () => Ended().Trailers, GiveUp);
    }

    private async Task<TResponse> RunAsync(Uri uri, string? host, TRequest? request, RequestStreamContent? requests)
    {
        try
        {
            var timeout = StartDeadline();
            if (Outcome is null)
            {
                TrySet(await ExchangeAsync(uri, host, request, requests, timeout));
            }
        }
        finally
        {
            requests?.Abandon();
            Dispose();
        }

        return (Ended() as ReceivedResponse<TResponse>)?.Message ?? throw Ended().ToException();
    }

    private async Task<CallOutcome> ExchangeAsync(
        Uri uri, string? host, TRequest? request, RequestStreamContent? requests, TimeSpan? timeout)
    {
        try
        {
            using var message = new HttpRequestMessage { RequestUri = uri, Content = (HttpContent?)requests ?? RequestContent.Of(request!, method, Channel) };
            using var response = await SendAsync(message, host, timeout);
            if (!response.Headers.NonValidated.Contains(HeaderNames.Status))
            {
                ShowHeaders(response);
            }

            return await ResponseReader.ReadAsync(
                response, method.ResponseMarshaller.ContextualDeserializer, Channel.MaxReceiveMessageSize, Cancellation);
        }
        catch (RpcException unsendable)
        {
            return new CallOutcome(unsendable.Status);
        }
        catch (Exception lost) when (TransportFailure.IsTransport(lost))
        {
            return Lost(lost);
        }
    }
}
