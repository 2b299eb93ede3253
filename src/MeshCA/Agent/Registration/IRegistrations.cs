using System.Collections.Immutable;

namespace MeshCA.Agent.Registration;

/// <summary>Where the entries come from. Safe for any number of callers at once.</summary>
internal interface IRegistrations
{
    /// <summary>The present entries; one volatile read.</summary>
    RegistrationSet Current { get; }

    /// <summary>Waits for another set than one known already.</summary>
    /// <param name="revision">The revision of the set that is known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The newest set, once it is newer.</returns>
    Task<RegistrationSet> NewerThanAsync(long revision, CancellationToken cancellationToken);
}

/// <summary>All entries at one moment.</summary>
/// <param name="Revision">Grows with each change, from 1 on.</param>
/// <param name="Entries">In the operator's order; names are unique.</param>
internal sealed record RegistrationSet(long Revision, ImmutableArray<RegistrationEntry> Entries);

/// <summary>Entries that never change: the one of a sidecar.</summary>
internal sealed class FixedRegistrations(params ImmutableArray<RegistrationEntry> entries) : IRegistrations
{
    /// <inheritdoc />
    public RegistrationSet Current { get; } = new(1, entries);

    /// <inheritdoc />
    public async Task<RegistrationSet> NewerThanAsync(long revision, CancellationToken cancellationToken)
    {
        if (revision >= Current.Revision)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        return Current;
    }
}
