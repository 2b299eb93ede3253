using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>A request, or why there is none.</summary>
/// <param name="Message">The request; null if the call is refused.</param>
/// <param name="Refusal">The status then.</param>
internal readonly record struct ReceivedRequest<T>(T? Message, Status Refusal)
    where T : class;

/// <summary>Reads the one message of a unary request where it was received.</summary>
internal static class RequestReader
{
    /// <summary>Reads the request up to its end.</summary>
    /// <returns>The request, or a refusal; CANCELLED if the client is gone.</returns>
    public static async ValueTask<ReceivedRequest<T>> ReadAsync<T>(
        HttpServerCallContext call, Func<DeserializationContext, T> deserializer)
        where T : class
    {
        try
        {
            return await ReadMessageAsync(call, deserializer);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Refuse<T>(StatusCode.ResourceExhausted, "request body is above the server's limit");
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The reader may fail before RequestAborted is set, so the exception decides.
            return new(null, Status.DefaultCancelled);
        }
    }

    // No token: a lost client or a passed deadline resets the stream, which ends the read.
    private static async ValueTask<ReceivedRequest<T>> ReadMessageAsync<T>(
        HttpServerCallContext call, Func<DeserializationContext, T> deserializer)
        where T : class
    {
        var reader = call.Http.Request.BodyReader;
        T? message = null;
        while (true)
        {
            var read = await reader.ReadAsync();
            var rest = read.Buffer;
            var wanted = rest.End;
            if (message is null)
            {
                var error = FrameReader.TryRead(rest, call.Settings.MaxReceive, out var payload);
                if (error == FrameError.None)
                {
                    if (!TryDeserialize(payload, deserializer, out message))
                    {
                        return Refuse<T>(StatusCode.Internal, "request is not a message of the method's type");
                    }

                    rest = rest.Slice(FrameReader.HeaderLength + payload.Length);
                }
                else if (error != FrameError.Incomplete || read.IsCompleted)
                {
                    return Refuse<T>(call, error);
                }
                else
                {
                    // Seen but not consumed: Kestrel opens the flow-control window by what was seen.
                    reader.AdvanceTo(rest.Start, wanted);
                    continue;
                }
            }

            if (!rest.IsEmpty)
            {
                return Refuse<T>(StatusCode.Internal, "a unary request holds one message");
            }

            reader.AdvanceTo(wanted);
            if (read.IsCompleted)
            {
                call.RequestEnded();
                return new(message, default);
            }
        }
    }

    private static bool TryDeserialize<T>(
        in ReadOnlySequence<byte> payload, Func<DeserializationContext, T> deserializer, [NotNullWhen(true)] out T? message)
        where T : class
    {
        try
        {
            message = MessagePayload.Deserialize(payload, deserializer);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            message = null;
            return false;
        }
    }

    private static ReceivedRequest<T> Refuse<T>(StatusCode code, string reason)
        where T : class => new(null, new Status(code, reason));

    private static ReceivedRequest<T> Refuse<T>(HttpServerCallContext call, FrameError error)
        where T : class => error switch
        {
            FrameError.Incomplete => Refuse<T>(StatusCode.Internal, "request ends before its message does"),
            FrameError.UnknownFlag => Refuse<T>(StatusCode.Internal, "unknown message flag"),
            FrameError.Compressed => RefuseCompressed<T>(call.Http),
            _ => Refuse<T>(
                StatusCode.ResourceExhausted, $"request is above the limit of {call.Settings.MaxReceive ?? Array.MaxLength} bytes"),
        };

    private static ReceivedRequest<T> RefuseCompressed<T>(HttpContext http)
        where T : class
    {
        string? encoding = http.Request.Headers[HeaderNames.Encoding];
        if (encoding is null or HeaderNames.Identity)
        {
            return Refuse<T>(StatusCode.Internal, "message is compressed, by no encoding");
        }

        // Tells the client what to use instead.
        http.Response.Headers[HeaderNames.AcceptEncoding] = HeaderNames.Identity;
        return Refuse<T>(StatusCode.Unimplemented, "message encoding is not supported");
    }
}
