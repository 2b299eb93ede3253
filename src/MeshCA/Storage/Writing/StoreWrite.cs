namespace MeshCA.Storage.Writing;

/// <summary>One thing to write; the task completes when it is durable.</summary>
/// <remarks>Continuations run elsewhere: on the writer's thread they would hold up the next commit.</remarks>
internal abstract class StoreWrite() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Whether it gets a transaction of its own, so that its failure is nobody else's.</summary>
    public virtual bool IsAlone => false;

    /// <summary>Why it was not written although its transaction was; null where it was.</summary>
    public Exception? Refusal { get; protected set; }

    /// <summary>Writes; on the writer's thread.</summary>
    public abstract void Apply(StoreTransaction transaction);

    /// <summary>Tells the caller that the transaction is durable.</summary>
    public void Complete()
    {
        if (Refusal is null)
        {
            TrySetResult();
        }
        else
        {
            Fail(Refusal);
        }
    }

    /// <summary>Tells the caller that nothing was written.</summary>
    public void Fail(Exception exception)
    {
        if (TrySetException(exception))
        {
            // A caller that stopped waiting is no reason for an unobserved-exception event.
            _ = Task.Exception;
        }
    }
}
