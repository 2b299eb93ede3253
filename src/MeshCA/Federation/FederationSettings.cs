using SpiffeIdentity.Federation;

namespace MeshCA.Federation;

/// <summary>How peers are polled, and when something is wrong.</summary>
internal sealed record FederationSettings
{
    /// <summary>Between which bounds a peer's refresh hint is followed.</summary>
    public required RefreshLimits Limits { get; init; }

    /// <summary>Longest time of one fetch, redirects included.</summary>
    public required TimeSpan FetchTimeout { get; init; }

    /// <summary>A bundle whose last authority ends within this raises an alarm.</summary>
    public required TimeSpan EndAlarm { get; init; }

    /// <summary>PEM file of the authorities that verify <c>https_web</c> endpoints; null: the system's.</summary>
    public string? WebRootsFile { get; init; }
}
