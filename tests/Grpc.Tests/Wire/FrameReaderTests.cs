using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Grpc.Wire;
using Xunit;

namespace Grpc.Tests.Wire;

public sealed class FrameReaderTests
{
    // bytes in hex, limit, what is found
    public static TheoryData<string, int?, string> Frames() =>
    [
        new("", 10, "Incomplete") { Label = "nothing" },
        new("00000000", 10, "Incomplete") { Label = "part of a header" },
        new("0000000000", 10, "None") { Label = "an empty message" },
        new("0000000001", 10, "Incomplete") { Label = "a header only" },
        new("0000000001AA", 1, "None") { Label = "as long as the limit" },
        new("0000000002", 1, "TooLong") { Label = "above the limit, before it arrived" },
        new("00FFFFFFFF", 10, "TooLong") { Label = "a length that is negative when signed" },
        new("00FFFFFFFF", null, "TooLong") { Label = "longer than any array" },
        new("0080000000", null, "TooLong") { Label = "just negative when signed" },
        new("0100000000", 10, "Compressed") { Label = "the compressed flag" },
        new("0200000000", 10, "UnknownFlag") { Label = "flag 2" },
        new("FF00000000", 10, "UnknownFlag") { Label = "flag 255" },
    ];

    [Theory, MemberData(nameof(Frames))]
    public void A_frame_is_a_flag_a_length_and_a_message(string hex, int? limit, string found) =>
        Assert.Equal(found, FrameReader.TryRead(new(Convert.FromHexString(hex)), limit, out _).ToString());

    [Fact]
    public void A_written_message_is_read_back_from_any_segments_and_what_follows_is_left() =>
        Prop.ForAll<byte[], byte[], PositiveInt>((message, rest, cut) =>
        {
            var output = new ArrayBufferWriter<byte>();
            FrameWriter.Write(message, (bytes, context) => context.Complete(bytes), output, maxLength: null);
            byte[] all = [.. output.WrittenSpan, .. rest];
            var at = cut.Get % (all.Length + 1);
            var found = FrameReader.TryRead(Segment.Join(all[..at], all[at..]), null, out var payload);
            return found == FrameError.None && payload.ToArray().AsSpan().SequenceEqual(message);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Reading_never_throws_and_never_finds_more_than_the_limit() =>
        Prop.ForAll<byte[], PositiveInt>((bytes, limit) =>
            FrameReader.TryRead(new(bytes), limit.Get, out var payload) != FrameError.None || payload.Length <= limit.Get)
            .QuickCheckThrowOnFailure();

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        private Segment(byte[] bytes, long index)
        {
            Memory = bytes;
            RunningIndex = index;
        }

        public static ReadOnlySequence<byte> Join(byte[] first, byte[] second)
        {
            var begin = new Segment(first, 0);
            var end = new Segment(second, first.Length);
            begin.Next = end;
            return new(begin, 0, end, second.Length);
        }
    }
}
