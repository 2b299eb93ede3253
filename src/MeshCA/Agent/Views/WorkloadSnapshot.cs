using System.Collections.Concurrent;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;

namespace MeshCA.Agent.Views;

/// <summary>State and entries of one moment; every stream shares it.</summary>
/// <param name="state">What is held.</param>
/// <param name="registrations">Who may have it.</param>
internal sealed class WorkloadSnapshot(AgentState state, RegistrationSet registrations)
{
    // As many as there are selections of entries.
    private const int MaxViews = 4_096;

    private readonly ConcurrentDictionary<EntrySelection, WorkloadView> _views = [];
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is held.</summary>
    public AgentState State => state;

    /// <summary>Who may have it.</summary>
    public RegistrationSet Registrations => registrations;

    /// <summary>Completes when another snapshot takes its place.</summary>
    public Task Replaced => _replaced.Task;

    /// <summary>What a caller sees.</summary>
    public WorkloadView For(WorkloadPeer peer)
    {
        var selection = registrations.Select(peer);
        return _views.TryGetValue(selection, out var view) ? view
            : _views.Count >= MaxViews ? new WorkloadView(state, selection)
            : _views.GetOrAdd(selection, static (key, held) => new WorkloadView(held, key), state);
    }

    /// <summary>Says that another took its place.</summary>
    public void Replace() => _replaced.TrySetResult();
}
