namespace MeshCA.Storage.Chaining;

/// <summary>Why a checkpoint was signed. The numbers are stored and signed; never reuse one.</summary>
internal enum CheckpointReason
{
    /// <summary>Enough records or enough time since the one before.</summary>
    Interval = 1,

    /// <summary>The store was closed.</summary>
    Shutdown = 2,

    /// <summary>Retention removed records.</summary>
    Retention = 3,

    /// <summary>The store was found changed from outside, when it was opened or by retention: stays, and is a finding for ever.</summary>
    Tampered = 4,
}
