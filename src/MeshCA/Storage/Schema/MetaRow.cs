namespace MeshCA.Storage.Schema;

/// <summary>One fact about the store as a whole.</summary>
internal sealed class MetaRow
{
    /// <summary>Random bytes that name this store.</summary>
    public const string StoreId = "store-id";

    /// <summary>The key that signs checkpoints, sealed PKCS#8.</summary>
    public const string CheckpointKey = "checkpoint-key";

    /// <summary>Revision, bundle sequence and a sealed hash of the authorities.</summary>
    public const string Authorities = "authorities";

    /// <summary>The present or last rotation of the root; what seals the authorities vouches for it too.</summary>
    public const string Rotation = "rotation";

    /// <summary>Time of the last write that only tried whether the store can be written, microseconds.</summary>
    public const string Heartbeat = "heartbeat";

    /// <summary>Revision of the policies and a sealed hash of them.</summary>
    public const string Policies = "policies";

    /// <summary>Revision of the revocations, their last numbers, and a sealed hash of them.</summary>
    public const string Revocations = "revocations";

    /// <summary>Revision of the federated peers and a sealed hash of them.</summary>
    public const string Federation = "federation";

    /// <summary>That the store was restored from a backup: sealed, when and at which numbers.</summary>
    public const string Restored = "restored";

    /// <summary>The fact's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The fact.</summary>
    public byte[] Value { get; set; } = [];
}
