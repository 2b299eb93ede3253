using MeshCA.Agent.Sockets;
using Xunit;

namespace MeshCA.Tests.Agent.Sockets;

public sealed class ProcessQuotaTests
{
    private readonly ProcessQuota _quota = new(most: 5, mostOfUser: 3, mostOfProcess: 2);

    [Fact]
    public void A_process_has_its_share_over_all_of_its_connections_and_all_have_theirs()
    {
        var (one, other) = (Connection(7), Connection(8, 1001));
        Assert.Equal(QuotaBound.None, _quota.Enter(one));
        Assert.Equal(QuotaBound.None, _quota.Enter(Connection(7)));
        Assert.Equal(QuotaBound.Process, _quota.Enter(one));
        Assert.Equal(QuotaBound.None, _quota.Enter(other));
        Assert.Equal(QuotaBound.None, _quota.Enter(other));
        Assert.Equal(QuotaBound.None, _quota.Enter(Connection(9, 1002)));
        Assert.Equal(QuotaBound.All, _quota.Enter(Connection(10, 1003)));
        Assert.Equal((5, 2), (_quota.Open, _quota.OpenOf(one)));

        _quota.Leave(one);
        Assert.Equal(QuotaBound.None, _quota.Enter(Connection(10, 1003)));
        Assert.Equal(1, _quota.OpenOf(one));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(0)] // root is a user too
    public void Many_processes_of_one_user_do_not_take_all_places(uint user)
    {
        var processes = Enumerable.Range(1, 4).Select(process => Connection(process, user)).ToList();
        Assert.Equal([QuotaBound.None, QuotaBound.None, QuotaBound.None, QuotaBound.User], processes.Select(_quota.Enter));
        Assert.Equal(QuotaBound.None, _quota.Enter(Connection(5, 1001)));

        _quota.Leave(processes[0]);
        Assert.Equal(QuotaBound.None, _quota.Enter(processes[3]));
        Assert.Equal(QuotaBound.User, _quota.Enter(processes[0]));
        Assert.Equal(4, _quota.Open);
    }

    [Fact]
    public void A_number_under_another_user_is_another_process()
    {
        Assert.Equal(QuotaBound.None, _quota.Enter(Connection(7)));
        Assert.Equal(QuotaBound.None, _quota.Enter(Connection(7)));
        Assert.Equal(QuotaBound.Process, _quota.Enter(Connection(7)));
        Assert.Equal(QuotaBound.None, _quota.Enter(Connection(7, 1001)));
    }

    [Fact]
    public void Processes_that_cannot_be_seen_do_not_share_one_share_but_one_user()
    {
        var (one, other) = (Connection(0), Connection(0));
        Assert.Equal(QuotaBound.None, _quota.Enter(one));
        Assert.Equal(QuotaBound.None, _quota.Enter(one));
        Assert.Equal(QuotaBound.Process, _quota.Enter(one));
        Assert.Equal(QuotaBound.None, _quota.Enter(other));
        Assert.Equal(QuotaBound.User, _quota.Enter(Connection(0)));
    }

    [Fact]
    public void What_was_left_is_forgotten()
    {
        var one = Connection(7);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(QuotaBound.None, _quota.Enter(one));
            _quota.Leave(one);
        }

        Assert.Equal((0, 0), (_quota.Open, _quota.OpenOf(one)));
    }

    private static WorkloadConnection Connection(int process, uint user = 1000) => new(new(process, user, 1000));
}
