using System.IO;
using MeshCA.Configuration;
using MeshCA.PolicySources;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.PolicySources;

public sealed class PolicyWatcherTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _log = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Without_any_notification_it_is_time_to_look_after_the_interval()
    {
        using var watcher = Watch(_directory.File("missing"));
        var waiting = watcher.WaitAsync(TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await waiting);
        Assert.Contains(_log.Entries, entry => entry.EventId == 8007);
    }

    [Fact]
    public async Task A_change_is_notified()
    {
        using var watcher = Watch(_directory.Path);
        var waiting = watcher.WaitAsync(TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_directory.File("a.yaml"), "#", TestContext.Current.CancellationToken);

        Assert.True(await waiting);
    }

    [Fact]
    public async Task A_directory_that_appears_later_is_watched_from_then_on()
    {
        var late = _directory.File("late");
        using var watcher = Watch(late);
        Directory.CreateDirectory(late);
        watcher.Arm();
        var waiting = watcher.WaitAsync(TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(late, "a.yaml"), "#", TestContext.Current.CancellationToken);

        Assert.True(await waiting);
    }

    // No quiet time: the manual clock would have to be advanced at just the right moment.
    private PolicyWatcher Watch(string directory) =>
        new([directory], new PolicyOptions { Debounce = TimeSpan.Zero }, _clock, _log);
}
