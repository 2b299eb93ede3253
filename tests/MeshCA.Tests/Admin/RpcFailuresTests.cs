using System.IO;
using Grpc.Core;
using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class RpcFailuresTests
{
    [Theory]
    [InlineData(StatusCode.Unavailable, "UNAVAILABLE", 4)]
    [InlineData(StatusCode.ResourceExhausted, "RESOURCE_EXHAUSTED", 4)]
    [InlineData(StatusCode.DeadlineExceeded, "DEADLINE_EXCEEDED", 4)]
    [InlineData(StatusCode.Unauthenticated, "UNAUTHENTICATED", 3)]
    [InlineData(StatusCode.PermissionDenied, "PERMISSION_DENIED", 3)]
    [InlineData(StatusCode.InvalidArgument, "INVALID_ARGUMENT", 3)]
    [InlineData(StatusCode.Internal, "INTERNAL", 1)]
    [InlineData(StatusCode.Unimplemented, "UNIMPLEMENTED", 6)]
    public void A_code_has_grpcs_name_and_an_exit_code(StatusCode code, string name, int exit)
    {
        Assert.Equal(name, RpcFailures.Name(code));
        Assert.Equal(exit, (int)RpcFailures.ToExitCode(code));
    }

    [Fact]
    public void A_failed_connection_is_told_with_its_innermost_cause()
    {
        var cause = new IOException("outer", new IOException("middle", new IOException("the name is wrong")));

        Assert.Equal("UNAVAILABLE: outer (the name is wrong)", RpcFailures.Describe(new Status(StatusCode.Unavailable, "outer", cause)));
    }

    [Fact]
    public void A_cause_that_the_message_holds_is_not_told_twice()
    {
        var status = new Status(StatusCode.Unavailable, "connection failed: refused", new IOException("refused"));

        Assert.Equal("UNAVAILABLE: connection failed: refused", RpcFailures.Describe(status));
    }
}
