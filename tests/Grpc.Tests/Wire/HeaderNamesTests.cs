using Grpc.Wire;
using Xunit;

namespace Grpc.Tests.Wire;

public sealed class HeaderNamesTests
{
    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("application/grpc;charset=utf-8", true)]
    [InlineData("Application/GRPC", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/grpc-web+proto", false)]
    [InlineData("application/grpcx", false)]
    [InlineData("application/json", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Grpc_content_types_end_or_go_on_with_plus_or_semicolon(string? contentType, bool isGrpc) =>
        Assert.Equal(isGrpc, HeaderNames.IsGrpc(contentType));

    [Theory]
    [InlineData("grpc-status", true)]
    [InlineData("Grpc-Timeout", true)]
    [InlineData(":path", true)]
    [InlineData("te", true)]
    [InlineData("transfer-encoding", true)]
    [InlineData("authorization", false)]
    [InlineData("grpc-status-details-bin", false)]
    public void The_protocols_own_headers_are_no_metadata(string name, bool reserved) =>
        Assert.Equal(reserved, HeaderNames.IsReserved(name));
}
