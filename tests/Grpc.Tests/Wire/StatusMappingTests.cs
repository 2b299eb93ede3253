using Grpc.Core;
using Grpc.Wire;
using Xunit;

namespace Grpc.Tests.Wire;

public sealed class StatusMappingTests
{
    [Theory]
    [InlineData(100, StatusCode.Internal)]
    [InlineData(200, StatusCode.Unknown)]
    [InlineData(302, StatusCode.Unknown)]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(405, StatusCode.Unknown)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(431, StatusCode.Internal)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    public void An_http_status_without_a_grpc_status_has_a_meaning(int httpStatus, StatusCode expected) =>
        Assert.Equal(expected, StatusMapping.FromHttp(httpStatus));

    [Theory]
    [InlineData(0, StatusCode.Internal)]
    [InlineData(1, StatusCode.Internal)]
    [InlineData(2, StatusCode.Internal)]
    [InlineData(3, StatusCode.Internal)]
    [InlineData(4, StatusCode.Internal)]
    [InlineData(6, StatusCode.Internal)]
    [InlineData(7, StatusCode.Unavailable)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(9, StatusCode.Internal)]
    [InlineData(10, StatusCode.Internal)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    [InlineData(13, StatusCode.Internal)]
    public void A_reset_has_a_meaning(long errorCode, StatusCode expected) =>
        Assert.Equal(expected, StatusMapping.FromReset(errorCode));
}
