using MeshCA.Issuance;
using MeshCA.Leadership;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Leadership;

public sealed class TakeOverWorkerTests : IDisposable
{
    private readonly TestLeadership _leadership = new();
    private readonly List<string> _done = [];
    private readonly SigningRight _right;
    private readonly TakeOverWorker _worker;
    private bool _fails;

    public TakeOverWorkerTests()
    {
        _right = new(_leadership);
        _worker = new(_leadership, _right, Steps(), TimeSpan.FromSeconds(10), new ManualTimeProvider(), NullLogger<TakeOverWorker>.Instance);
    }

    public void Dispose() => _worker.Dispose();

    [Fact]
    public async Task A_standby_follows_and_does_not_sign()
    {
        await AdvanceAsync();
        Assert.Equal(["follow"], _done);
        Assert.Null(_right.Term);
    }

    [Fact]
    public async Task The_elected_takes_over_before_it_signs_and_starts_after()
    {
        _leadership.Term = 7;
        await AdvanceAsync();
        Assert.Equal(["take over 7, signing: no", "start, signing: yes"], _done);
    }

    [Fact]
    public async Task Who_took_over_does_so_once_a_term()
    {
        _leadership.Term = 7;
        await AdvanceAsync();
        await AdvanceAsync();
        Assert.Equal(2, _done.Count);

        _leadership.Term = 8;
        await AdvanceAsync();
        Assert.Equal(4, _done.Count);
    }

    [Fact]
    public async Task Who_cannot_take_over_does_not_sign_and_tries_again_soon()
    {
        _leadership.Term = 7;
        _fails = true;
        var (term, wait) = await AdvanceAsync();
        Assert.Equal((7, TimeSpan.FromSeconds(1)), (term, wait));
        Assert.Null(_right.Term);

        _fails = false;
        await AdvanceAsync();
        Assert.Equal(7, _right.Term);
    }

    private Task<(long? Term, TimeSpan Wait)> AdvanceAsync() => _worker.AdvanceAsync(TestContext.Current.CancellationToken);

    private TakeOverSteps Steps() => new()
    {
        FollowAsync = _ => Do("follow"),
        TakeOverAsync = (term, _) => _fails ? throw new JournalUnavailableException("down") : Do($"take over {term}, signing: {Signing()}"),
        StartAsync = _ => Do($"start, signing: {Signing()}"),
    };

    private string Signing() => _right.Term is null ? "no" : "yes";

    private Task Do(string what)
    {
        _done.Add(what);
        return Task.CompletedTask;
    }
}
