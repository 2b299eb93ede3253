namespace MeshCA.Consumers;

/// <summary>Somebody who does not have the asked bundle in use yet.</summary>
/// <param name="Subject">The identity.</param>
/// <param name="Pod">The pod's UID where a token named it.</param>
/// <param name="Peer">The address it called from, without its port; a consumer's instance.</param>
/// <param name="HeldSequence">The sequence it has.</param>
/// <param name="LeafExpiresAt">When its newest leaf expires; null for a consumer.</param>
/// <param name="Kind">How it is known.</param>
/// <param name="Reason">What it says of the reason itself; empty: nothing. Untrusted.</param>
internal sealed record Laggard(
    string Subject, string? Pod, string? Peer, long HeldSequence, DateTimeOffset? LeafExpiresAt, LaggardKind Kind, string Reason = "");

/// <summary>How a laggard is known.</summary>
internal enum LaggardKind
{
    /// <summary>It reports, and last reported another sequence.</summary>
    Consumer,

    /// <summary>It reports nothing; its newest leaf came with another sequence.</summary>
    Holder,

    /// <summary>A namespace whose config map does not hold it.</summary>
    Namespace,
}
