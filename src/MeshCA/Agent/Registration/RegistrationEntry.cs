using System.Collections.Immutable;
using System.Globalization;
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

    /// <summary>Whether a caller may have it.</summary>
    public bool Admits(WorkloadPeer peer) => Selectors.All(selector => selector.HoldsFor(peer));

    /// <summary>Whether what was got for the other is what this one asks for; who may have it, and its hint, may differ.</summary>
    public bool AsksTheSameAs(RegistrationEntry other) =>
        Name == other.Name && TokenFile == other.TokenFile && (Id is null ? other.Id is null : Id.Equals(other.Id));
}

/// <summary>One fact about a caller that must hold.</summary>
internal abstract record Selector
{
    private Selector()
    {
    }

    /// <summary>Whether it holds for a caller.</summary>
    public abstract bool HoldsFor(WorkloadPeer peer);

    /// <summary><c>unix:uid:N</c>.</summary>
    internal sealed record UserId(uint Id) : Selector
    {
        /// <inheritdoc />
        public override bool HoldsFor(WorkloadPeer peer) => peer.UserId == Id;

        /// <inheritdoc />
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"unix:uid:{Id}");
    }

    /// <summary><c>unix:gid:N</c>: the caller's primary group.</summary>
    internal sealed record GroupId(uint Id) : Selector
    {
        /// <inheritdoc />
        public override bool HoldsFor(WorkloadPeer peer) => peer.GroupId == Id;

        /// <inheritdoc />
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"unix:gid:{Id}");
    }
}
