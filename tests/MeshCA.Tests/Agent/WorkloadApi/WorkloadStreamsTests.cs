using Grpc.Core;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Sockets;
using MeshCA.Agent.Views;
using MeshCA.Agent.WorkloadApi;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Spiffe.Wire.Workload;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.WorkloadApi;

public sealed class WorkloadStreamsTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private static readonly RegistrationEntry Entry = SampleIdentities.Entry("web", Web);

    private readonly SampleIdentities _own = new();
    private readonly TestMeterFactory _meters = new();
    private readonly AgentStateStore _states = new();
    private readonly WorkloadFeed _feed;
    private readonly ProcessQuota _quota = new(10, 10, 10);
    private readonly WorkloadStreams _streams;

    public WorkloadStreamsTests()
    {
        _feed = new(_states, new FixedRegistrations(Entry), TimeProvider.System, NullLogger<WorkloadFeed>.Instance);
        _streams = new(
            _feed, _quota, new FanOut(_quota, new ChanceSource(() => 0), TimeProvider.System), new WorkloadOptions(),
            new WorkloadMetrics(_meters), NullLogger<WorkloadStreams>.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _feed.Dispose();
        _meters.Dispose();
        _own.Dispose();
    }

    [Fact]
    public async Task S5_3_a_slow_reader_gets_the_newest_and_nothing_between()
    {
        await _feed.StartAsync(Token);
        Publish();
        var writer = new SlowWriter();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var stream = RunAsync(writer, ended.Token);
        await writer.Writing.WaitAsync(Token);
        for (var i = 0; i < 100; i++)
        {
            Publish();
        }

        writer.Release();
        await writer.Written(2).WaitAsync(Token);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream);
        Assert.Equal(2, writer.Messages.Count);
        Assert.Same(WorkloadMessages.X509Svids(_feed.Current.For(new(1, 1, 1))), writer.Messages[^1]);
        Assert.Equal(0, _quota.Open);
        await _feed.StopAsync(Token);
    }

    [Fact]
    public async Task S5_3_streams_of_one_selection_send_the_same_message_object()
    {
        Publish();
        var (one, other) = (new SlowWriter(), new SlowWriter());
        one.Release();
        other.Release();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task[] streams = [RunAsync(one, ended.Token), RunAsync(other, ended.Token)];
        await Task.WhenAll(one.Written(1), other.Written(1)).WaitAsync(Token);
        Assert.Same(one.Messages[0], other.Messages[0]);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(streams));
    }

    private Task RunAsync(SlowWriter writer, CancellationToken cancellationToken) => _streams.RunAsync(
        "x509_svids", new WorkloadConnection(new(1, 1, 1)), view => view.Standing, WorkloadMessages.X509Svids, writer, cancellationToken);

    private void Publish()
    {
        var held = _own.Hold(Entry, Web);
        _states.Publish(state => state with { Svids = [held], Bundle = _own.Bundle });
    }

    private sealed class SlowWriter : IServerStreamWriter<X509SVIDResponse>
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _writing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource[] _written =
            [.. Enumerable.Range(0, 8).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];

        public List<X509SVIDResponse> Messages { get; } = [];

        public Task Writing => _writing.Task;

        public WriteOptions? WriteOptions { get; set; }

        public Task Written(int count) => _written[count].Task;

        public void Release() => _released.SetResult();

        public async Task WriteAsync(X509SVIDResponse message)
        {
            _writing.TrySetResult();
            await _released.Task;
            Messages.Add(message);
            _written[Messages.Count].SetResult();
        }

        public Task WriteAsync(X509SVIDResponse message, CancellationToken cancellationToken) => WriteAsync(message);
    }
}
