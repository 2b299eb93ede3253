using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Testing;

namespace Grpc.Tests.Hosting;

/// <summary>Lets a test decide what a call does, and see what happened to it.</summary>
public sealed class CallJournal
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _started = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _cancelled = new();

    /// <summary>What <see cref="ProberService"/> does.</summary>
    public Func<SimpleRequest, ServerCallContext, Task<SimpleResponse>> Handler { get; set; } =
        (_, _) => Task.FromResult(new SimpleResponse());

    /// <inheritdoc cref="Handler"/>
    public Func<SimpleRequest, IServerStreamWriter<SimpleResponse>, ServerCallContext, Task> Download { get; set; } =
        (_, _, _) => Task.CompletedTask;

    /// <inheritdoc cref="Handler"/>
    public Func<IAsyncStreamReader<SimpleRequest>, ServerCallContext, Task<SimpleResponse>> Upload { get; set; } =
        async (requests, _) => new SimpleResponse { Username = $"{await requests.ReadAllAsync().CountAsync()}" };

    /// <inheritdoc cref="Handler"/>
    public Func<IAsyncStreamReader<SimpleRequest>, IServerStreamWriter<SimpleResponse>, ServerCallContext, Task> Chat { get; set; } =
        async (requests, responses, _) =>
        {
            await foreach (var request in requests.ReadAllAsync())
            {
                await responses.WriteAsync(new SimpleResponse { Payload = request.Payload });
            }
        };

    /// <summary>Completes once the named call hangs.</summary>
    public Task Started(string name) => Signal(_started, name).Task;

    /// <summary>Completes once the named call was cancelled.</summary>
    public Task Cancelled(string name) => Signal(_cancelled, name).Task;

    /// <summary>Waits for the end of a call.</summary>
    public async Task HangAsync(string name, CancellationToken cancellationToken)
    {
        Signal(_started, name).TrySetResult();
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            Signal(_cancelled, name).TrySetResult();
        }
    }

    private static TaskCompletionSource Signal(ConcurrentDictionary<string, TaskCompletionSource> signals, string name) =>
        signals.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
