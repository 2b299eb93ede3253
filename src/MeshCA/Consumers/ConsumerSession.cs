namespace MeshCA.Consumers;

/// <summary>A consumer's open stream: while it is the consumer's newest, what it acknowledges counts.</summary>
internal sealed class ConsumerSession : IDisposable
{
    private readonly ConsumerRegistry _registry;
    private readonly CancellationTokenSource _replaced = new();

    /// <summary>Made by the registry.</summary>
    internal ConsumerSession(ConsumerRegistry registry, ConsumerId consumer)
    {
        _registry = registry;
        Consumer = consumer;
        Replaced = _replaced.Token;
    }

    /// <summary>Whose it is.</summary>
    public ConsumerId Consumer { get; }

    /// <summary>Says that the consumer opened another stream.</summary>
    public CancellationToken Replaced { get; }

    /// <summary>Notes the bundle sequence that the consumer has put to use.</summary>
    public void Acknowledge(long sequence) => _registry.Acknowledge(this, sequence);

    /// <summary>Notes that a bundle is not in use everywhere behind the consumer, whatever it acknowledged before.</summary>
    /// <param name="behind">Which bundle, what is in use instead, and who lacks it; its times are the registry's.</param>
    public void FallBehind(ConsumerBehind behind) => _registry.FallBehind(this, behind);

    /// <summary>Notes the revision of the bans and revocations that the consumer has in force.</summary>
    public void Enforce(long revision) => _registry.Enforce(this, revision);

    /// <inheritdoc />
    public void Dispose()
    {
        _registry.Disconnect(this);
        _replaced.Dispose();
    }

    /// <summary>Tells the stream that it was replaced.</summary>
    internal void Replace()
    {
        try
        {
            _replaced.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended by itself at this moment.
        }
    }
}
