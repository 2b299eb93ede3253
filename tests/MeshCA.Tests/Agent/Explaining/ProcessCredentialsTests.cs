using MeshCA.Agent.Explaining;
using MeshCA.Hosting;
using Xunit;

namespace MeshCA.Tests.Agent.Explaining;

public sealed class ProcessCredentialsTests
{
    [Fact]
    public void A_process_has_the_user_and_group_that_the_kernel_knows()
    {
        Assert.True(ProcessCredentials.TryRead(Environment.ProcessId, out var peer));
        Assert.Equal((Environment.ProcessId, PeerCredential.OwnUserId), (peer.ProcessId, peer.UserId));
    }

    // SO_PEERCRED names whom a process acts as, and not who started it: a program with the set-user-ID bit.
    [Fact]
    public void Whom_a_process_acts_as_counts() => Assert.Equal(
        new(7, 2, 20), ProcessCredentials.Read(7, ["Name:\tx", "Uid:\t1\t2\t3\t4", "Gid:\t10\t20\t30\t40", "Uid:\t9\t9\t9\t9"]));

    [Theory]
    [InlineData("Uid:\t1\t2\t3\t4")]
    [InlineData("Uid:\t1")]
    [InlineData("Uid:\t1\t-2\t3\t4")]
    public void What_says_too_little_is_nobody(string line) => Assert.Null(ProcessCredentials.Read(7, [line]));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void There_is_no_other(int process) => Assert.False(ProcessCredentials.TryRead(process, out _));
}
