namespace MeshCA.Rpc.Bundles;

/// <summary>Why a stream of the trust bundle is not opened, or ends.</summary>
internal enum WatchRefusal
{
    /// <summary>The registry of consumers, or this identity's share of it, is full.</summary>
    TooManyConsumers,

    /// <summary>Its first message did not come in time.</summary>
    OpenedTooLate,

    /// <summary>Its first message is none that opens it.</summary>
    NotOpened,

    /// <summary>A later message is none that acknowledges.</summary>
    NoAcknowledgement,

    /// <summary>The instance's name is too long, or not printable.</summary>
    InstanceMalformed,

    /// <summary>It acknowledged what it was not sent.</summary>
    NeverSent,

    /// <summary>What it says of those that lack a bundle is too long.</summary>
    BehindMalformed,

    /// <summary>The same consumer opened another.</summary>
    Replaced,
}
