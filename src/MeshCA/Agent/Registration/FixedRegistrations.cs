using System.Collections.Immutable;

namespace MeshCA.Agent.Registration;

/// <summary>Entries that never change: the one of a sidecar.</summary>
/// <param name="entries">The entries.</param>
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
