using System.Collections.Immutable;
using SpiffeIdentity;

namespace MeshCA.Agent.Registration;

/// <summary>An identity that the agent gets, and which callers may have it.</summary>
internal sealed record RegistrationEntry
{
    /// <summary>The operator's name for it, unique in the agent.</summary>
    public required string Name { get; init; }

    /// <summary>The identity wanted; null takes what the CA gives for the credential, which a sidecar does.</summary>
    public required SpiffeId? Id { get; init; }

    /// <summary>All of them must hold for a caller; none: every caller that the socket's rights let in.</summary>
    public required ImmutableArray<Selector> Selectors { get; init; }

    /// <summary>What workloads are told about it (Workload API §5.2.1), at most 1,024 bytes; empty: nothing. Unique among those not empty.</summary>
    public string Hint { get; init; } = "";

    /// <summary>File with the token that is shown for it; null: the agent's own credential, and the CA decides whether that may ask for another.</summary>
    public string? TokenFile { get; init; }
}

/// <summary>One fact about a caller that must hold.</summary>
internal abstract record Selector
{
    private Selector()
    {
    }

    /// <summary><c>unix:uid:N</c>.</summary>
    public sealed record UserId(uint Id) : Selector;

    /// <summary><c>unix:gid:N</c>: the caller's primary group.</summary>
    public sealed record GroupId(uint Id) : Selector;
}
