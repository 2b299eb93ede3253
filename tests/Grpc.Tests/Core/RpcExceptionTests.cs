using Grpc.Core;
using Xunit;

namespace Grpc.Tests.Core;

public sealed class RpcExceptionTests
{
    [Fact]
    public void It_carries_its_status_its_cause_and_never_null_trailers()
    {
        var cause = new InvalidOperationException("cause");
        var exception = new RpcException(new Status(StatusCode.NotFound, "detail", cause));

        Assert.Equal(StatusCode.NotFound, exception.StatusCode);
        Assert.Equal("detail", exception.Status.Detail);
        Assert.Same(cause, exception.InnerException);
        Assert.Empty(exception.Trailers);
        Assert.Contains("NotFound", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_of_its_own_is_the_message_only()
    {
        var exception = new RpcException(new Status(StatusCode.Aborted, "detail"), new Metadata { { "a", "b" } }, "text");

        Assert.Equal("text", exception.Message);
        Assert.Equal("b", exception.Trailers.GetValue("a"));
    }

    [Fact]
    public void The_default_status_is_ok() => Assert.Equal(StatusCode.OK, default(Status).StatusCode);
}
