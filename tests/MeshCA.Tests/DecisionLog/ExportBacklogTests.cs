using MeshCA.DecisionLog;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class ExportBacklogTests
{
    [Theory]
    [InlineData(2, 1_000, "the records")]
    [InlineData(100, 20, "the bytes")]
    public void There_are_no_more_places_than_allowed(int records, long bytes, string what)
    {
        var backlog = new ExportBacklog(new(records, bytes));

        Assert.True(backlog.TryEnter(10));
        Assert.True(backlog.TryEnter(10), what);
        Assert.False(backlog.TryEnter(10));
    }

    [Fact]
    public void What_left_made_room_of_its_own_size()
    {
        var backlog = new ExportBacklog(new(10, 100));
        Assert.True(backlog.TryEnter(60));
        Assert.True(backlog.TryEnter(40));

        backlog.Leave(1);

        Assert.False(backlog.TryEnter(61));
        Assert.True(backlog.TryEnter(60));
        Assert.Equal(2, backlog.Clear());
        Assert.True(backlog.TryEnter(100));
    }
}
