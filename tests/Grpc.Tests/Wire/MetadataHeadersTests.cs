using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;
using Grpc.Wire;
using Xunit;

namespace Grpc.Tests.Wire;

public sealed class MetadataHeadersTests
{
    [Fact]
    public void Joined_binary_values_are_taken_apart_and_bad_ones_left_out()
    {
        Metadata metadata = [];
        MetadataHeaders.AddReceived(metadata, "x-bin", "qw==,!!,q6s,");

        Assert.Equal(["AB", "ABAB", ""], metadata.Select(entry => Convert.ToHexString(entry.ValueBytes)));
    }

    [Theory]
    [InlineData("X-Name", "a,b", "x-name=a,b")]
    [InlineData("grpc-timeout", "1S", "")]
    [InlineData("x!y", "legal in HTTP, not in gRPC", "")]
    public void Texts_are_taken_as_they_are(string name, string value, string expected)
    {
        Metadata metadata = [];
        MetadataHeaders.AddReceived(metadata, name, value);

        Assert.Equal(expected, string.Join(';', metadata.Select(entry => $"{entry.Key}={entry.Value}")));
    }

    [Fact]
    public void Receiving_never_throws() =>
        Prop.ForAll<NonNull<string>, NonNull<string>>((name, value) =>
        {
            Metadata metadata = [];
            MetadataHeaders.AddReceived(metadata, name.Get, value.Get);
            MetadataHeaders.AddReceived(metadata, "x-bin", value.Get);
            return metadata.Count <= 2 + value.Get.Length;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("x", "printable ~", true)]
    [InlineData("x", "line\nbreak", false)]
    [InlineData("x", "caf\u00e9", false)]
    [InlineData("grpc-status", "0", false)]
    [InlineData("content-length", "5", false)]
    public void Only_printable_ascii_under_free_names_can_be_sent(string key, string value, bool sendable) =>
        Assert.Equal(sendable, MetadataHeaders.TryFormat(new Metadata.Entry(key, value), out _));

    [Fact]
    public void Bytes_are_sent_as_unpadded_base64()
    {
        Assert.True(MetadataHeaders.TryFormat(new Metadata.Entry("x-bin", [0xAB]), out var value));
        Assert.Equal("qw", value);
    }
}
