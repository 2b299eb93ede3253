using System.Diagnostics;
using MeshCA.Agent.Files;
using Xunit;

namespace MeshCA.Tests.Agent.Files;

public sealed class ProcessStartTests
{
    private const string Rest = " S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 2 3";

    [Theory]
    [InlineData("42 (nginx)" + Rest)]
    [InlineData("42 (a) b 1 2 (c)" + Rest)] // a program names itself as it likes
    [InlineData("42 ()" + Rest)]
    public void It_is_the_22nd_field_whatever_the_program_is_called(string stat)
    {
        Assert.True(ProcessStart.TryParse(stat, out var ticks));
        Assert.Equal(4711, ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("42 (nginx) S 1 1")]
    [InlineData("42 (nginx) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 x")]
    public void What_is_cut_off_or_no_number_is_none(string stat) => Assert.False(ProcessStart.TryParse(stat, out _));

    [Fact]
    public void It_agrees_with_the_platforms_own_reckoning()
    {
        using var self = Process.GetCurrentProcess();
        var start = ProcessStart.TryRead(self.Id);

        Assert.NotNull(start);
        Assert.InRange((start.Time - self.StartTime.ToUniversalTime()).TotalSeconds, -3, 3);
        Assert.Null(ProcessStart.TryRead(int.MaxValue));
    }
}
