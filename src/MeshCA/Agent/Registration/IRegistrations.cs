namespace MeshCA.Agent.Registration;

/// <summary>Where entries come from. Safe for any number of callers at once.</summary>
internal interface IRegistrations
{
    /// <summary>The entries in force; one volatile read.</summary>
    Registrations Current { get; }

    /// <summary>Waits for others than those that are known.</summary>
    /// <param name="known">What the caller has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The newest, whatever came in between.</returns>
    Task<Registrations> OtherThanAsync(Registrations known, CancellationToken cancellationToken);
}
