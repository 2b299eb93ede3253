using System.Threading.Channels;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Trust;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class AcknowledgementsTests
{
    private readonly AppliedStates _applied = new();
    private readonly Channel<ulong> _told = Channel.CreateUnbounded<ulong>();

    [Fact]
    public async Task A_bundle_is_acknowledged_only_once_the_state_that_has_it_is_in_use()
    {
        var files = _applied.Add("files");
        var acknowledgements = new Acknowledgements(_applied);
        using var end = new CancellationTokenSource();
        var running = acknowledgements.RunAsync(TellAsync, end.Token);
        acknowledgements.Add(7, revision: 4);
        files.Applied(3);
        await Yielding.ToOthersAsync();
        Assert.False(_told.Reader.TryRead(out _));
        Assert.Equal(0UL, acknowledgements.Acknowledged);

        files.Applied(4);
        Assert.Equal(7UL, await _told.Reader.ReadAsync(TestContext.Current.CancellationToken));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(7UL, acknowledgements.Acknowledged);
    }

    [Fact]
    public async Task What_came_on_an_earlier_stream_is_not_acknowledged_on_the_next()
    {
        var acknowledgements = new Acknowledgements(_applied);
        acknowledgements.Add(7, revision: 0);
        using var end = new CancellationTokenSource();
        var running = acknowledgements.RunAsync(TellAsync, end.Token);
        acknowledgements.Add(8, revision: 0);

        Assert.Equal(8UL, await _told.Reader.ReadAsync(TestContext.Current.CancellationToken));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(_told.Reader.TryRead(out _));
    }

    private Task TellAsync(ulong sequence, CancellationToken cancellationToken) => _told.Writer.WriteAsync(sequence, cancellationToken).AsTask();
}
