namespace MeshCA.Storage;

/// <summary>Why a store was not opened.</summary>
internal enum StoreOpenError
{
    /// <summary>Another process serves on it.</summary>
    InUse,

    /// <summary>The key-encryption key is missing, unreadable, or another than the store's.</summary>
    KeyRefused,

    /// <summary>The file system is read-only, or the directory is not ours.</summary>
    ReadOnly,

    /// <summary>The file system is full.</summary>
    DiskFull,

    /// <summary>Files cannot be read or written for another reason.</summary>
    IoError,

    /// <summary>SQLite does not take the settings that make a commit survive a crash.</summary>
    NotDurable,

    /// <summary>A newer version of this service has changed the schema.</summary>
    NewerSchema,

    /// <summary>The file is no database, or lacks what every store has.</summary>
    Damaged,
}

/// <summary>How opening a store ended.</summary>
internal abstract record StoreOpenOutcome
{
    private StoreOpenOutcome()
    {
    }

    /// <summary>The store is open.</summary>
    /// <param name="Store">The store; the caller disposes of it.</param>
    internal sealed record Opened(SqliteStore Store) : StoreOpenOutcome;

    /// <summary>The store was not opened, and nothing was changed.</summary>
    /// <param name="Error">Why.</param>
    /// <param name="Message">The same for people.</param>
    internal sealed record Refused(StoreOpenError Error, string Message) : StoreOpenOutcome;
}
