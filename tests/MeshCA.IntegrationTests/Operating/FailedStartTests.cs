using System.IO;
using MeshCA.IntegrationTests.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>A start that fails half-way says why: not how its stop failed, and it leaves nothing behind.</summary>
public sealed class FailedStartTests
{
    private const string Cause = "the cause";

    [Fact]
    public async Task A_worker_that_cannot_be_made_is_the_cause() =>
        await FailsAsync(services => services.AddHostedService<Worker>(_ => throw new IOException(Cause)));

    [Fact]
    public async Task A_worker_that_does_not_start_is_the_cause_although_others_do_not_stop() =>
        await FailsAsync(services =>
        {
            services.AddHostedService(_ => new Worker(null, "the fault of the stop"));
            services.AddSingleton<IHostedService>(new Worker(new IOException(Cause), null));
        });

    [Fact]
    public async Task A_part_that_cannot_be_disposed_of_hides_nothing_and_keeps_no_store() =>
        await FailsAsync(services =>
        {
            services.AddSingleton<IHostedService>(_ => new Stubborn());
            services.AddSingleton<IHostedService>(new Worker(new IOException(Cause), null));
        });

    [Fact]
    public async Task A_bug_is_thrown_itself()
    {
        using var home = new MeshHome
        {
            Parts = services =>
            {
                services.AddHostedService(_ => new Worker(null, "the fault of the stop"));
                services.AddSingleton<IHostedService>(new Worker(new NotSupportedException(Cause), null));
            },
        };

        Assert.Equal(Cause, (await Assert.ThrowsAsync<NotSupportedException>(home.TryStartAsync)).Message);
    }

    private static async Task FailsAsync(Action<IServiceCollection> parts)
    {
        var isBroken = true;
        using var home = new MeshHome
        {
            Parts = services =>
            {
                if (isBroken)
                {
                    parts(services);
                }
            },
        };

        Assert.Equal([Cause], (await home.RefusalAsync()).Faults);

        // The store is free, or this would be refused too.
        isBroken = false;
        await (await home.StartAsync()).CloseAsync();
    }

    private sealed class Worker(Exception? start, string? stop) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => start is null ? Task.CompletedTask : Task.FromException(start);

        public Task StopAsync(CancellationToken cancellationToken) =>
            stop is null ? Task.CompletedTask : Task.FromException(new IOException(stop));
    }

    private sealed class Stubborn : IHostedService, IDisposable
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => throw new InvalidOperationException("the fault of the end");
    }
}
