using MeshCA.TrustDistribution;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.TrustDistribution;

public sealed class OverwriteWatchTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly OverwriteWatch _watch;

    public OverwriteWatchTests() => _watch = new(_clock);

    [Fact]
    public void Edits_by_hand_are_repaired_at_once()
    {
        for (var day = 0; day < 20; day++)
        {
            Assert.Null(_watch.Overwritten("a"));
            _clock.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(0, _watch.Contested);
    }

    [Fact]
    public void Another_writer_is_left_alone_for_longer_and_longer()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(_watch.Overwritten("a"));
        }

        var pauses = Enumerable.Range(0, 8).Select(_ =>
        {
            var pause = _watch.Overwritten("a");
            _clock.Advance(pause!.Value);
            return pause.Value.TotalSeconds;
        });
        Assert.Equal([10, 20, 40, 80, 160, 300, 300, 300], pauses);
        Assert.Equal(1, _watch.Contested);
    }

    [Fact]
    public void Once_the_other_writer_is_gone_for_long_it_begins_anew()
    {
        for (var i = 0; i < 5; i++)
        {
            _watch.Overwritten("a");
        }

        _clock.Advance(TimeSpan.FromMinutes(7));
        Assert.Null(_watch.Overwritten("a"));
    }

    [Fact]
    public void Keys_are_judged_each_by_itself()
    {
        for (var i = 0; i < 3; i++)
        {
            _watch.Overwritten("a");
            Assert.Null(_watch.Overwritten("b"));
        }

        Assert.NotNull(_watch.Overwritten("a"));
        _watch.Forget("a");
        Assert.Equal(0, _watch.Contested);
    }
}
