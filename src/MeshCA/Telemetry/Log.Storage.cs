using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>What the store logs; event numbers 2000 to 2999.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Store {Directory} opened: journal at {JournalSequence}, audit at {AuditSequence}")]
    public static partial void StoreOpened(ILogger logger, string directory, long journalSequence, long auditSequence);

    [LoggerMessage(2001, LogLevel.Information, "Store {Directory} closed")]
    public static partial void StoreClosed(ILogger logger, string directory);

    // Whoever keeps this line outside the store can tell a rolled-back database from the true one.
    [LoggerMessage(2002, LogLevel.Information, "Checkpoint {Checkpoint} signed: {Reason}")]
    public static partial void CheckpointSigned(ILogger logger, string checkpoint, string reason);

    [LoggerMessage(2003, LogLevel.Error, "The store takes no records: {Reason}, {Detail}")]
    public static partial void StoreFailed(ILogger logger, Exception exception, string reason, string detail);

    [LoggerMessage(2004, LogLevel.Information, "The store takes records again")]
    public static partial void StoreRecovered(ILogger logger);

    [LoggerMessage(2005, LogLevel.Error, "The clock stands too far behind the newest record of {NewestRecord}: nothing is issued until it is right")]
    public static partial void ClockBehind(ILogger logger, DateTimeOffset newestRecord);

    [LoggerMessage(2008, LogLevel.Information, "The clock is right again")]
    public static partial void ClockRecovered(ILogger logger);

    [LoggerMessage(2006, LogLevel.Warning, "A failed transaction could not be rolled back; the database is opened again")]
    public static partial void RollbackFailed(ILogger logger, Exception exception);

    [LoggerMessage(2007, LogLevel.Warning, "The store was not closed cleanly; the next start recovers it")]
    public static partial void CloseFailed(ILogger logger, Exception exception);

    [LoggerMessage(2009, LogLevel.Information, "Retention removed {Removed} records")]
    public static partial void RetentionPruned(ILogger logger, long removed);

    [LoggerMessage(2010, LogLevel.Warning, "Retention could not remove records; the next run tries again")]
    public static partial void RetentionFailed(ILogger logger, Exception exception);

    [LoggerMessage(2011, LogLevel.Critical, "The store is not as this service left it: {Finding}")]
    public static partial void StoreTampered(ILogger logger, string finding);

    [LoggerMessage(2012, LogLevel.Warning, "The store's directory {Directory} can be written by others than its owner")]
    public static partial void StoreDirectoryShared(ILogger logger, string directory);

    [LoggerMessage(2013, LogLevel.Warning, "The key-encryption key in {File} can be read by others than its owner")]
    public static partial void KeyEncryptionKeyExposed(ILogger logger, string file);
}
