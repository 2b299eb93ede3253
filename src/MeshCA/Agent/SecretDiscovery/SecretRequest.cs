using System.Collections.Immutable;

namespace MeshCA.Agent.SecretDiscovery;

/// <summary>What a proxy says on its stream, wire §3. Untrusted.</summary>
internal sealed record SecretRequest
{
    /// <summary>The names that it wants from now on.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>The type of what it wants; empty: the only one that there is.</summary>
    public string TypeUrl { get; init; } = "";

    /// <summary>The nonce of the response that it answers; empty on the first request.</summary>
    public string Nonce { get; init; } = "";

    /// <summary>Why it did not take that response, printable; null: it did, or there was none.</summary>
    public string? Error { get; init; }
}

/// <summary>One response, with one secret: Envoy takes no more in one delivery, and none without.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Resource">The secret.</param>
/// <param name="Nonce">Unique on the stream.</param>
internal sealed record SecretDelivery(string Name, SecretResource Resource, string Nonce);

/// <summary>A secret that the proxy did not take.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Reason">What the proxy says, printable.</param>
internal sealed record UnacceptedSecret(string Name, string Version, string Reason);

/// <summary>Why a stream of secrets ends.</summary>
internal enum SecretRefusal
{
    /// <summary>Another type of resources was asked for.</summary>
    OtherType,

    /// <summary>More names were asked for than a stream may have.</summary>
    TooManyNames,

    /// <summary>A name is longer than any secret's.</summary>
    NameTooLong,

    /// <summary>The caller does not get a secret of that name.</summary>
    NotEntitled,
}

/// <summary>What is to be done next.</summary>
internal sealed record SecretReaction
{
    /// <summary>Nothing.</summary>
    public static readonly SecretReaction Silence = new();

    /// <summary>To be sent, in this order.</summary>
    public ImmutableArray<SecretDelivery> Deliveries { get; init; } = [];

    /// <summary>To be logged and counted; null: nothing.</summary>
    public UnacceptedSecret? Unaccepted { get; init; }

    /// <summary>Names that are not there yet, told once.</summary>
    public ImmutableArray<string> Awaited { get; init; } = [];

    /// <summary>Why the stream ends now; null: it goes on.</summary>
    public SecretRefusal? Refusal { get; init; }

    /// <summary>Which name is meant by the refusal; empty where there is none.</summary>
    public string Subject { get; init; } = "";
}
