using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Agent.Identities;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class RetryAdviceTests
{
    [Theory]
    [InlineData("1500", 1.5)]
    [InlineData("0", 0.0)]
    [InlineData("-1", null)]
    [InlineData("soon", null)]
    [InlineData("99999999999", null)]
    public void A_pushback_is_read(string text, double? seconds) =>
        Assert.Equal(seconds, RetryAdvice.Read(new Metadata { { "grpc-retry-pushback-ms", text } })?.TotalSeconds);

    [Fact]
    public void A_retry_info_among_the_details_is_read()
    {
        // RetryInfo { retry_delay { seconds: 7 nanos: 500000000 } }, behind a field of a later version.
        byte[] info = [0x12, 0x01, 0x00, 0x0A, 0x08, 0x08, 0x07, 0x10, 0x80, 0xCA, 0xB5, 0xEE, 0x01];
        Assert.Equal(TimeSpan.FromSeconds(7.5), RetryAdvice.Read(Details("type.googleapis.com/google.rpc.RetryInfo", info)));
        Assert.Null(RetryAdvice.Read(Details("type.googleapis.com/google.rpc.ErrorInfo", info)));
    }

    [Fact]
    public void No_advice_is_none() => Assert.Null(RetryAdvice.Read([]));

    [Fact]
    public void Junk_is_none_and_throws_nothing() => Prop.ForAll<byte[]>(bytes =>
    {
        RetryAdvice.Read(new Metadata { { "grpc-status-details-bin", bytes ?? [] } });
        RetryAdvice.Read(Details("type.googleapis.com/google.rpc.RetryInfo", bytes ?? []));
        return true;
    }).QuickCheckThrowOnFailure();

    private static Metadata Details(string type, byte[] value)
    {
        var status = new MeshCA.Wire.Rpc.Status { Code = 8, Details = { new Any { TypeUrl = type, Value = ByteString.CopyFrom(value) } } };
        return new() { { "grpc-status-details-bin", status.ToByteArray() } };
    }
}
