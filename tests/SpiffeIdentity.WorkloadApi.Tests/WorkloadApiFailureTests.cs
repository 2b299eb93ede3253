using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests;

public sealed class WorkloadApiFailureTests
{
    [Fact]
    public void What_others_wrote_is_cut_and_forges_no_line()
    {
        var failure = WorkloadApiFailure.From(WorkloadApiFailureReason.Other, "a\r\n2026 fatal: \u2028b\u001b[31m\ud800" + new string('x', 1000));
        Assert.Equal(WorkloadApiFailure.MaxDetailLength, failure.Detail.Length);
        Assert.StartsWith("a  2026 fatal:  b [31m xxx", failure.Detail, StringComparison.Ordinal);
        Assert.Equal("", WorkloadApiFailure.From(WorkloadApiFailureReason.Other, null).Detail);
    }

    // Workload API §3, §6.
    [Theory]
    [InlineData(WorkloadApiFailureReason.InvalidArgument, false)]
    [InlineData(WorkloadApiFailureReason.Unimplemented, false)]
    [InlineData(WorkloadApiFailureReason.PermissionDenied, true)]
    [InlineData(WorkloadApiFailureReason.Unavailable, true)]
    [InlineData(WorkloadApiFailureReason.StreamEnded, true)]
    public void Only_what_may_pass_is_tried_again(WorkloadApiFailureReason reason, bool mayPass) =>
        Assert.Equal(mayPass, new WorkloadApiFailure(reason, "").MayPass);
}
