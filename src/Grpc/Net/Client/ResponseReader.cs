using System.Buffers;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>Reads responses.</summary>
internal static class ResponseReader
{
    /// <summary>The bytes are no message of the method's type.</summary>
    public static readonly CallOutcome NotTheType =
        new(StatusCode.Internal, "the response is not a message of the method's type");

    private static readonly CallOutcome NoMessage = new(StatusCode.Internal, "the response has no message");

    /// <summary>Reads the one message and the status behind it.</summary>
    /// <param name="response">The response; untrusted.</param>
    /// <param name="deserializer">Makes the message.</param>
    /// <param name="maxLength">Longest message accepted, in bytes; null for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The message or a status.</returns>
    public static async Task<CallOutcome> ReadAsync<T>(
        HttpResponseMessage response,
        Func<DeserializationContext, T> deserializer,
        int? maxLength,
        CancellationToken cancellationToken)
        where T : class
    {
        if (FindEarlyEnd(response) is { } early)
        {
            // OK here would mean no message, which such a method cannot say.
            return early.Status.StatusCode == StatusCode.OK ? NoMessage : early;
        }

        var (payload, error) = await ReadPayloadAsync(response, maxLength, cancellationToken);
        if (error is { } broken)
        {
            return new CallOutcome(broken);
        }

        var end = ReadEnd(response);
        return end.Status.StatusCode == StatusCode.OK ? Decode(payload, deserializer, end.Trailers) : end;
    }

    /// <summary>The end of a call whose response headers say it already.</summary>
    /// <param name="response">The response; untrusted.</param>
    /// <returns>Null if messages or trailers follow.</returns>
    public static CallOutcome? FindEarlyEnd(HttpResponseMessage response)
    {
        // Trailers-only: the status stands in the headers, and has priority over the HTTP status.
        if (StatusOf(response.Headers) is { } early)
        {
            return new CallOutcome(early, ReadMetadata(response.Headers));
        }

        return NotGrpc(response) is { } status ? new CallOutcome(status) : null;
    }

    /// <summary>The end of a call whose response was read to its end.</summary>
    /// <param name="response">The response; untrusted.</param>
    public static CallOutcome ReadEnd(HttpResponseMessage response) => new(
        StatusOf(response.TrailingHeaders) ?? new Status(StatusCode.Internal, "the response ended without a status"),
        ReadMetadata(response.TrailingHeaders));

    /// <summary>The metadata among headers.</summary>
    public static Metadata ReadMetadata(HttpHeaders headers)
    {
        Metadata metadata = [];
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                MetadataHeaders.AddReceived(metadata, name, value);
            }
        }

        return metadata;
    }

    /// <summary>The status of a frame that is none.</summary>
    public static Status Explain(FrameError error, int? maxLength) => error switch
    {
        FrameError.TooLong => new(StatusCode.ResourceExhausted, $"response is above the limit of {maxLength} bytes"),
        FrameError.Compressed => new(StatusCode.Internal, "response is compressed, which was not offered"),
        FrameError.UnknownFlag => new(StatusCode.Internal, "unknown message flag"),
        _ => new(StatusCode.Internal, "response ends before its message does"),
    };

    private static CallOutcome Decode<T>(
        byte[]? payload, Func<DeserializationContext, T> deserializer, Metadata trailers)
        where T : class
    {
        if (payload is null)
        {
            return NoMessage;
        }

        try
        {
            return new ReceivedResponse<T>(MessagePayload.Deserialize(new ReadOnlySequence<byte>(payload), deserializer), trailers);
        }
        catch (InvalidProtocolBufferException)
        {
            return NotTheType;
        }
    }

    private static Status? StatusOf(HttpHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues(HeaderNames.Status, out var text))
        {
            return null;
        }

        var detail = headers.NonValidated.TryGetValues(HeaderNames.Message, out var coded)
            ? PercentCoding.Decode(coded.ToString())
            : "";

        // A number without a name is kept: later versions may define it.
        return int.TryParse(text.ToString(), System.Globalization.NumberStyles.None, null, out var code)
            ? new Status((StatusCode)code, detail)
            : new Status(StatusCode.Unknown, $"malformed status `{text}`");
    }

    private static Status? NotGrpc(HttpResponseMessage response)
    {
        var httpStatus = (int)response.StatusCode;
        if (httpStatus != 200)
        {
            return new Status(StatusMapping.FromHttp(httpStatus), $"HTTP status {httpStatus} without a gRPC status");
        }

        return HeaderNames.IsGrpc(response.Content.Headers.ContentType?.ToString())
            ? null
            : new Status(StatusCode.Unknown, "the response is not gRPC");
    }

    private static async Task<(byte[]? Payload, Status? Error)> ReadPayloadAsync(
        HttpResponseMessage response, int? maxLength, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var header = new byte[FrameReader.HeaderLength];
        var read = await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken);
        if (read == 0)
        {
            return (null, null); // No message: the trailers say why.
        }

        var error = read < header.Length ? FrameError.Incomplete : FrameReader.CheckHeader(header, maxLength, out _);
        if (error != FrameError.None)
        {
            return (null, Explain(error, maxLength));
        }

        _ = FrameReader.CheckHeader(header, maxLength, out var length);
        return await ReadBodyAsync(stream, length, cancellationToken);
    }

    private static async Task<(byte[]? Payload, Status? Error)> ReadBodyAsync(
        Stream stream, int length, CancellationToken cancellationToken)
    {
        var payload = new byte[length];
        if (await stream.ReadAtLeastAsync(payload, length, throwOnEndOfStream: false, cancellationToken) < length)
        {
            return (null, Explain(FrameError.Incomplete, null));
        }

        // The trailers are there only after the end was read.
        return await stream.ReadAsync(new byte[1], cancellationToken) == 0
            ? (payload, null)
            : (null, new Status(StatusCode.Internal, "the method answers with one message"));
    }
}
