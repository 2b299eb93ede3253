namespace MeshCA.Authentication.Keys;

/// <summary>When keys are read, and how long they serve.</summary>
/// <param name="Name">What the keys are called in logs.</param>
/// <param name="RefreshInterval">Time between two looks at the source.</param>
/// <param name="MaxStaleAge">How long keys serve on while the source cannot be read.</param>
/// <param name="FirstRetry">Time to the first try after a failure; it doubles with each further one.</param>
/// <param name="LastRetry">Where the doubling ends.</param>
internal sealed record KeySchedule(
    string Name, TimeSpan RefreshInterval, TimeSpan MaxStaleAge, TimeSpan FirstRetry, TimeSpan LastRetry);
