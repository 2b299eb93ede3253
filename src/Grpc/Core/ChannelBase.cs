namespace Grpc.Core;

/// <summary>The connections to one server.</summary>
/// <param name="target">The server's address, for display.</param>
public abstract class ChannelBase(string target)
{
    /// <summary>The server's address, for display.</summary>
    public string Target { get; } = target ?? throw new ArgumentNullException(nameof(target));

    /// <summary>What starts calls on this channel.</summary>
    /// <returns>The invoker.</returns>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Closes the channel; calls under way end.</summary>
    /// <returns>The end of it.</returns>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <inheritdoc cref="ShutdownAsync"/>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
