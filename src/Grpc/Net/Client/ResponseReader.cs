using System.Buffers;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>What a response is: a message with OK, or a status that says why there is none.</summary>
/// <param name="Message">The message; null without OK.</param>
/// <param name="Status">The status.</param>
/// <param name="Trailers">What came with the status.</param>
internal sealed record ReceivedResponse<T>(T? Message, Status Status, Metadata Trailers)
    where T : class;

/// <summary>Reads unary responses.</summary>
internal static class ResponseReader
{
    /// <summary>Reads the message and the status behind it.</summary>
    /// <param name="response">The response; untrusted.</param>
    /// <param name="deserializer">Makes the message.</param>
    /// <param name="maxLength">Longest message accepted, in bytes; null for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The message or a status.</returns>
    public static async Task<ReceivedResponse<T>> ReadAsync<T>(
        HttpResponseMessage response,
        Func<DeserializationContext, T> deserializer,
        int? maxLength,
        CancellationToken cancellationToken)
        where T : class
    {
        // Trailers-only: the status stands in the headers, and has priority over the HTTP status.
        if (StatusOf(response.Headers) is { } early)
        {
            // OK here would mean no message, which a unary method cannot say.
            return early.StatusCode == StatusCode.OK
                ? Failed<T>(StatusCode.Internal, "the response has no message")
                : new(null, early, ReadMetadata(response.Headers));
        }

        if (NotGrpc(response) is { } status)
        {
            return new(null, status, []);
        }

        var (payload, error) = await ReadPayloadAsync(response, maxLength, cancellationToken);
        if (error is { } broken)
        {
            return new(null, broken, []);
        }

        var final = StatusOf(response.TrailingHeaders)
            ?? new Status(StatusCode.Internal, "the response ended without a status");
        var trailers = ReadMetadata(response.TrailingHeaders);
        return final.StatusCode == StatusCode.OK ? Decode(payload, deserializer, trailers) : new(null, final, trailers);
    }

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

    private static ReceivedResponse<T> Decode<T>(
        byte[]? payload, Func<DeserializationContext, T> deserializer, Metadata trailers)
        where T : class
    {
        if (payload is null)
        {
            return Failed<T>(StatusCode.Internal, "the response has no message");
        }

        try
        {
            var message = MessagePayload.Deserialize(new ReadOnlySequence<byte>(payload), deserializer);
            return new(message, Status.DefaultSuccess, trailers);
        }
        catch (InvalidProtocolBufferException)
        {
            return Failed<T>(StatusCode.Internal, "the response is not a message of the method's type");
        }
    }

    private static ReceivedResponse<T> Failed<T>(StatusCode code, string detail)
        where T : class => new(null, new Status(code, detail), []);

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
            : (null, new Status(StatusCode.Internal, "a unary response holds one message"));
    }

    private static Status Explain(FrameError error, int? maxLength) => error switch
    {
        FrameError.TooLong => new(StatusCode.ResourceExhausted, $"response is above the limit of {maxLength} bytes"),
        FrameError.Compressed => new(StatusCode.Internal, "response is compressed, which was not offered"),
        FrameError.UnknownFlag => new(StatusCode.Internal, "unknown message flag"),
        _ => new(StatusCode.Internal, "response ends before its message does"),
    };
}
