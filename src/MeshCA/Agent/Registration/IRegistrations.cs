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
