using MeshCA.Agent.Identities;
using Xunit;

namespace MeshCA.Tests.Agent.Identities;

public sealed class RequestGateTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Whose_svid_ends_first_goes_first_and_who_has_none_before_all()
    {
        var gate = new RequestGate(1);
        var first = await gate.EnterAsync(null, TestContext.Current.CancellationToken);
        var order = new List<string>();
        var waiting = new[]
        {
            WaitAsync("late", Now.AddHours(2)), WaitAsync("soon", Now.AddMinutes(1)), WaitAsync("none", null), WaitAsync("soon too", Now.AddMinutes(1)),
        };
        first.Dispose();
        await Task.WhenAll(waiting);

        Assert.Equal(["none", "soon", "soon too", "late"], order);

        async Task WaitAsync(string name, DateTimeOffset? end)
        {
            using var place = await gate.EnterAsync(end, TestContext.Current.CancellationToken);
            lock (order)
            {
                order.Add(name);
            }
        }
    }

    [Fact]
    public async Task Who_gives_up_leaves_no_place_behind_and_takes_none()
    {
        var gate = new RequestGate(1);
        var first = await gate.EnterAsync(null, TestContext.Current.CancellationToken);
        using var ended = new CancellationTokenSource();
        var given = gate.EnterAsync(null, ended.Token);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        var next = gate.EnterAsync(Now, TestContext.Current.CancellationToken);
        first.Dispose();
        first.Dispose();

        (await next).Dispose();
        // Left twice, and yet there is one place.
        using var only = await gate.EnterAsync(null, TestContext.Current.CancellationToken);
        Assert.False(gate.EnterAsync(null, TestContext.Current.CancellationToken).IsCompleted);
    }
}
