using System.IO;
using System.Net.Http;
using Grpc.Core;
using Grpc.Net.Client;
using Xunit;

namespace Grpc.Tests.Net.Client;

public sealed class TransportFailureTests
{
    [Theory]
    [InlineData(0x0, StatusCode.Unavailable)] // a server that stops closes its connections so
    [InlineData(0x2, StatusCode.Internal)]
    [InlineData(0x7, StatusCode.Unavailable)]
    [InlineData(0x8, StatusCode.Cancelled)]
    public void What_the_peer_says_decides_the_status(long errorCode, StatusCode expected)
    {
        var lost = new HttpRequestException("lost", new IOException("lost", new HttpProtocolException(errorCode, "said so", null)));

        var status = TransportFailure.ToStatus(lost, givenUp: false);
        Assert.Equal(expected, status.StatusCode);
        Assert.StartsWith("said so", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_given_up_here_is_cancelled_whatever_the_peer_says() => Assert.Equal(
        StatusCode.Cancelled, TransportFailure.ToStatus(new HttpProtocolException(0, "said so", null), givenUp: true).StatusCode);

    [Fact]
    public void A_connection_that_breaks_is_unavailable() =>
        Assert.Equal(StatusCode.Unavailable, TransportFailure.ToStatus(new IOException("broken"), givenUp: false).StatusCode);
}
