using System.Collections.Immutable;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Identities;

/// <summary>The agent's state: swapped as a whole, waited for without a queue per waiter.</summary>
internal sealed class AgentStateStore : IAgentStates
{
    private readonly Lock _lock = new();
    private volatile AgentState _current = new()
    {
        Revision = 0,
        Svids = [],
        Bundle = null,
        Federated = ImmutableDictionary<TrustDomain, TrustBundle>.Empty,
        RevocationLists = [],
    };

    private volatile TaskCompletionSource _changed = NewSource();

    /// <inheritdoc />
    public AgentState Current => _current;

    /// <inheritdoc />
    public async Task<AgentState> NewerThanAsync(long revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            // In this order: a change between the two reads completes the very task that is waited for.
            var changed = _changed.Task;
            if (_current is { } state && state.Revision > revision)
            {
                return state;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Puts another state in place of the present one, and wakes those who wait.</summary>
    /// <param name="change">Makes it of the present one; runs alone. The same object: nothing changed.</param>
    /// <returns>The state that is in place then.</returns>
    public AgentState Publish(Func<AgentState, AgentState> change)
    {
        TaskCompletionSource woken;
        lock (_lock)
        {
            var present = _current;
            var next = change(present);
            if (ReferenceEquals(next, present))
            {
                return present;
            }

            _current = next with { Revision = present.Revision + 1 };
            woken = _changed;
            _changed = NewSource();
            next = _current;
            woken.SetResult();
            return next;
        }
    }

    // Waiters run elsewhere: whoever publishes does not do their work.
    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
