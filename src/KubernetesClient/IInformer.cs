using System.Diagnostics.CodeAnalysis;

namespace KubernetesClient;

/// <summary>A copy of all objects of a kind, kept by list and watch.</summary>
/// <remarks>Reading takes no lock and never waits. While the API server cannot be reached the copy stays as it was.</remarks>
/// <typeparam name="T">The kind.</typeparam>
public interface IInformer<T>
    where T : class, IKubernetesResource<T>
{
    /// <summary>Whether the first list has come in.</summary>
    bool HasSynced { get; }

    /// <summary>When the server was last heard of (list, event, bookmark, a watch's regular end); null before the first. While all is well at most some two minutes ago.</summary>
    DateTimeOffset? LastContact { get; }

    /// <summary>All objects as they are now; a snapshot.</summary>
    IReadOnlyCollection<T> Items { get; }

    /// <summary>Completes with the first list.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task WaitForSyncAsync(CancellationToken cancellationToken);

    /// <summary>Finds one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ns">Its namespace; null for kinds without.</param>
    /// <param name="found">The object, or null.</param>
    bool TryGet(string name, string? ns, [NotNullWhen(true)] out T? found);

    /// <summary>Has a function called after each change, one change after the other: old and new object, null for none.</summary>
    /// <remarks>Objects that are there already are told as new ones first. The function must be quick and must not throw.</remarks>
    /// <param name="onChange">The function.</param>
    /// <returns>Ends it.</returns>
    IDisposable Subscribe(Action<T?, T?> onChange);
}
