using MeshCA.Authentication.ClusterTokens;
using Xunit;

namespace MeshCA.Tests.Authentication.ClusterTokens;

public sealed class SingleFlightTests
{
    private readonly SingleFlight<int, string> _flights = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Those_who_ask_the_same_at_once_share_one_question()
    {
        var asked = 0;
        var answer = new TaskCompletionSource<string>();
        Task<string>[] callers = [.. Enumerable.Range(0, 100).Select(_ => _flights.RunAsync(1, _ => Ask(), Token))];
        answer.SetResult("yes");
        Assert.All(await Task.WhenAll(callers), result => Assert.Equal("yes", result));
        Assert.Equal((1, 0), (asked, _flights.Count));

        Task<string> Ask()
        {
            asked++;
            return answer.Task;
        }
    }

    [Fact]
    public async Task Other_questions_are_asked_by_themselves() => Assert.Equal(
        ["1", "2"],
        await Task.WhenAll(
            _flights.RunAsync(1, _ => Task.FromResult("1"), Token), _flights.RunAsync(2, _ => Task.FromResult("2"), Token)));

    [Fact]
    public async Task One_who_gives_up_takes_no_other_with_it()
    {
        using var first = new CancellationTokenSource();
        var answer = new TaskCompletionSource<string>();
        CancellationToken asked = default;
        var gone = _flights.RunAsync(1, Ask, first.Token);
        var stays = _flights.RunAsync(1, Ask, Token);
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.False(asked.IsCancellationRequested);
        answer.SetResult("yes");
        Assert.Equal("yes", await stays);

        Task<string> Ask(CancellationToken cancellationToken)
        {
            asked = cancellationToken;
            return answer.Task;
        }
    }

    [Fact]
    public async Task When_all_have_given_up_the_question_is_given_up_too()
    {
        using var all = new CancellationTokenSource();
        var ended = new TaskCompletionSource();
        Task<string>[] callers = [.. Enumerable.Range(0, 3).Select(_ => _flights.RunAsync(1, Ask, all.Token))];
        await all.CancelAsync();
        await ended.Task.WaitAsync(Token);
        foreach (var caller in callers)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        }

        Assert.Equal(0, _flights.Count);
        Assert.Equal("anew", await _flights.RunAsync(1, _ => Task.FromResult("anew"), Token));

        async Task<string> Ask(CancellationToken cancellationToken)
        {
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return "";
            }
            finally
            {
                ended.SetResult();
            }
        }
    }

    [Fact]
    public async Task A_fault_reaches_all_and_stays_with_nobody()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => _flights.RunAsync(1, _ => Task.FromException<string>(new InvalidOperationException()), Token));
        Assert.Equal("fine", await _flights.RunAsync(1, _ => Task.FromResult("fine"), Token));
    }
}
