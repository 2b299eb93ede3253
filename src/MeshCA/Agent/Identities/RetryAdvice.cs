using System.Globalization;
using Google.Protobuf;
using Grpc.Core;

namespace MeshCA.Agent.Identities;

/// <summary>How long a CA that is busy asks to be left alone: gRPC's pushback, or a RetryInfo among the details of its status.</summary>
internal static class RetryAdvice
{
    private const string Pushback = "grpc-retry-pushback-ms";
    private const string Details = "grpc-status-details-bin";
    private const string RetryInfo = "type.googleapis.com/google.rpc.RetryInfo";
    private const int RetryDelay = 1;

    /// <summary>Reads the advice from a call's trailers.</summary>
    /// <param name="trailers">As they came; untrusted.</param>
    /// <returns>The wait; null where none is asked for, or what asks for it is malformed.</returns>
    public static TimeSpan? Read(Metadata trailers)
    {
        if (trailers.GetValue(Pushback) is { } text)
        {
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                ? TimeSpan.FromMilliseconds(milliseconds)
                : null;
        }

        try
        {
            return trailers.GetValueBytes(Details) is { } bytes ? ReadDetails(bytes) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static TimeSpan? ReadDetails(byte[] bytes)
    {
        var detail = Wire.Rpc.Status.Parser.ParseFrom(bytes).Details.FirstOrDefault(each => each.TypeUrl == RetryInfo);
        if (detail is null)
        {
            return null;
        }

        var input = detail.Value.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == RetryDelay && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                var delay = Google.Protobuf.WellKnownTypes.Duration.Parser.ParseFrom(input.ReadBytes());
                return delay.Seconds is >= 0 and < 1_000_000 && delay.Nanos is >= 0 and < 1_000_000_000
                    ? TimeSpan.FromSeconds(delay.Seconds) + TimeSpan.FromTicks(delay.Nanos / 100)
                    : null;
            }

            input.SkipLastField();
        }

        return null;
    }
}
