namespace MeshCA.Agent.Registration;

/// <summary>Entries that stay as long as the process: a sidecar's.</summary>
/// <param name="registrations">The entries.</param>
internal sealed class FixedRegistrations(Registrations registrations) : IRegistrations
{
    /// <inheritdoc />
    public Registrations Current => registrations;

    /// <inheritdoc />
    public async Task<Registrations> OtherThanAsync(Registrations known, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(known, registrations))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        return registrations;
    }
}
