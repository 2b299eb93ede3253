using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using SpiffeIdentity.WorkloadApi.Tls;
using TestSupport;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Tls;

public sealed class ConnectionEndTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ManualTimeProvider _network = new();
    private readonly Notification _notification = new();

    [Fact]
    public async Task An_idle_connection_of_http_2_is_told_with_its_next_request()
    {
        await using var end = new ConnectionEnd(_notification, isHttp2: true, _clock, _network);
        await RunAsync(end);
        end.AskAfter(TimeSpan.FromHours(1));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _notification.Closes);
        await RunAsync(end, () => Assert.Equal(1, _notification.Closes));
        await RunAsync(end);
        Assert.Equal(1, _notification.Closes);
    }

    [Fact]
    public async Task A_request_lasts_until_the_word_has_arrived()
    {
        await using var end = new ConnectionEnd(_notification, isHttp2: true, _clock, _network);
        end.AskAfter(TimeSpan.FromHours(1));
        var gate = new TaskCompletionSource();
        var running = end.RunAsync(new DefaultHttpContext(), _ => gate.Task);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, _notification.Closes); // told at once: a stream may last for days
        gate.SetResult();
        Assert.False(running.IsCompleted);
        _network.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(running.IsCompleted);
        _network.Advance(TimeSpan.FromMilliseconds(1));
        await running;
    }

    [Fact]
    public async Task Where_requests_are_not_seen_http_2_is_told_at_once_and_http_1_1_not()
    {
        await using var two = new ConnectionEnd(_notification, isHttp2: true, _clock, _network);
        await using var one = new ConnectionEnd(_notification, isHttp2: false, _clock, _network);
        one.AskAfter(TimeSpan.FromHours(1));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _notification.Closes);
        two.AskAfter(TimeSpan.FromHours(1));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, _notification.Closes);
    }

    [Fact]
    public async Task By_http_1_1_the_next_answer_is_the_last_one()
    {
        await using var end = new ConnectionEnd(_notification, isHttp2: false, _clock, _network);
        Assert.Equal("", await RunAsync(end));
        end.AskAfter(TimeSpan.FromHours(1));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("close", await RunAsync(end));
        Assert.Equal(0, _notification.Closes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_is_not_trusted_is_cut_off_at_once_or_after_the_grace(bool isHttp2)
    {
        await using var end = new ConnectionEnd(_notification, isHttp2, _clock, _network);
        await RunAsync(end);
        end.AskThenCut(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _notification.Closes);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, _notification.Closes);
        end.AskThenCut(TimeSpan.Zero);
        Assert.Equal(2, _notification.Closes);
    }

    [Fact]
    public async Task Nothing_is_left_when_the_connection_is_gone()
    {
        var end = new ConnectionEnd(_notification, isHttp2: true, _clock, _network);
        end.AskAfter(TimeSpan.FromHours(1));
        end.AskThenCut(TimeSpan.FromHours(1));
        await end.DisposeAsync();
        Assert.Equal(0, _clock.TimerCount);
        end.AskThenCut(TimeSpan.FromHours(1));
        Assert.Equal(0, _clock.TimerCount);

        var gone = new ConnectionEnd(_notification, isHttp2: true, _clock, _network);
        await gone.DisposeAsync();
        gone.AskAfter(TimeSpan.FromHours(1));
        gone.AskThenCut(TimeSpan.FromHours(1));
        Assert.Equal(0, _clock.TimerCount);
    }

    private async Task<string> RunAsync(ConnectionEnd end, Action? during = null)
    {
        var context = new DefaultHttpContext();
        var running = end.RunAsync(context, _ =>
        {
            during?.Invoke();
            return Task.CompletedTask;
        });
        _network.Advance(TimeSpan.FromMilliseconds(100));
        await running;
        return context.Response.Headers.Connection.ToString();
    }

    private sealed class Notification : IConnectionLifetimeNotificationFeature
    {
        public int Closes { get; private set; }

        public CancellationToken ConnectionClosedRequested { get; set; }

        public void RequestClose() => Closes++;
    }
}
