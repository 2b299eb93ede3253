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

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void There_is_no_other(int process) => Assert.False(ProcessCredentials.TryRead(process, out _));
}
