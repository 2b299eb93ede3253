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

/// <summary>Reads the one message of a request that is no stream where it was received.</summary>
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
            return new(null, FrameRefusal.BodyTooLong);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The reader may fail before RequestAborted is set, so the exception decides.
            return new(null, Status.DefaultCancelled);
        }
    }

    /// <summary>Makes a message of what a client sent.</summary>
    /// <returns>False if it is none.</returns>
    public static bool TryDeserialize<T>(
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
                        return new(null, FrameRefusal.NotTheType);
                    }

                    rest = rest.Slice(FrameReader.HeaderLength + payload.Length);
                }
                else if (error != FrameError.Incomplete || read.IsCompleted)
                {
                    return new(null, FrameRefusal.Of(call, error));
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
                return new(null, new Status(StatusCode.Internal, "the method takes one message"));
            }

            reader.AdvanceTo(wanted);
            if (read.IsCompleted)
            {
                call.RequestEnded();
                return new(message, default);
            }
        }
    }
}
