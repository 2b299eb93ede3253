using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using Grpc.Wire;
using Xunit;

namespace Grpc.Tests.Wire;

public sealed class FrameWriterTests
{
    [Fact]
    public void All_ways_to_serialize_give_the_same_frame()
    {
        byte[] message = [1, 2, 3];
        string[] frames =
        [
            Write(context => context.Complete(message)),
            Write(context =>
            {
                context.SetPayloadLength(message.Length);
                context.GetBufferWriter().Write(message);
                context.Complete();
            }),
            Write(context =>
            {
                context.GetBufferWriter().Write(message);
                context.Complete();
            }),
        ];

        Assert.All(frames, frame => Assert.Equal("0000000003010203", frame));
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void A_message_above_the_limit_for_sending_writes_nothing(int limit, bool refused)
    {
        var output = new ArrayBufferWriter<byte>();
        void Act() => FrameWriter.Write(new byte[3], (bytes, context) => context.Complete(bytes), output, limit);

        if (refused)
        {
            Assert.Equal(StatusCode.ResourceExhausted, Assert.Throws<RpcException>(Act).StatusCode);
            Assert.Equal(0, output.WrittenCount);
        }
        else
        {
            Act();
            Assert.Equal(8, output.WrittenCount);
        }
    }

    [Fact]
    public void A_failed_message_leaves_nothing_for_the_next()
    {
        Assert.Throws<InvalidOperationException>(() => Write(context =>
        {
            context.GetBufferWriter().Write("99"u8);
            throw new InvalidOperationException();
        }));

        Assert.Equal("0000000000", Write(context => context.Complete([])));
    }

    [Fact]
    public void Marshallers_on_contexts_work_on_arrays_too()
    {
        var marshaller = Marshallers.Create<SimpleResponse>(
            (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => SimpleResponse.Parser.ParseFrom(context.PayloadAsReadOnlySequence()));
        var message = new SimpleResponse { Username = "a" };

        Assert.Equal(message.ToByteArray(), marshaller.Serializer(message));
        Assert.Equal(message, marshaller.Deserializer(message.ToByteArray()));
        Assert.Equal("caf\u00e9", Marshallers.StringMarshaller.Deserializer(Marshallers.StringMarshaller.Serializer("caf\u00e9")));
    }

    private static string Write(Action<SerializationContext> serialize)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.Write("", (_, context) => serialize(context), output, maxLength: null);
        return Convert.ToHexString(output.WrittenSpan);
    }
}
