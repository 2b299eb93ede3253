using MeshCA.Agent.Sockets;
using Xunit;

namespace MeshCA.Tests.Agent.Sockets;

public sealed class ProcessQuotaTests
{
    private readonly ProcessQuota _quota = new(3, 2);

    [Fact]
    public void A_process_has_its_share_over_all_of_its_connections_and_all_have_theirs()
    {
        var (one, other) = (Connection(7), Connection(8));
        Assert.True(_quota.TryEnter(one));
        Assert.True(_quota.TryEnter(Connection(7)));
        Assert.False(_quota.TryEnter(one));
        Assert.True(_quota.TryEnter(other));
        Assert.False(_quota.TryEnter(Connection(9)));
        Assert.Equal((3, 2), (_quota.Open, _quota.OpenOf(one)));

        _quota.Leave(one);
        Assert.True(_quota.TryEnter(Connection(9)));
        Assert.Equal(1, _quota.OpenOf(one));
    }

    [Fact]
    public void Processes_that_cannot_be_seen_do_not_share_one_share()
    {
        var (one, other) = (Connection(0), Connection(0));
        Assert.True(_quota.TryEnter(one));
        Assert.True(_quota.TryEnter(one));
        Assert.False(_quota.TryEnter(one));
        Assert.True(_quota.TryEnter(other));
    }

    [Fact]
    public void A_number_under_another_user_is_another_process()
    {
        Assert.True(_quota.TryEnter(Connection(7)));
        Assert.True(_quota.TryEnter(Connection(7)));
        Assert.False(_quota.TryEnter(Connection(7)));
        Assert.True(_quota.TryEnter(new(new(7, 1001, 1000))));
    }

    private static WorkloadConnection Connection(int process) => new(new(process, 1000, 1000));
}
