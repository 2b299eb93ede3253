using System.IO;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MeshCA.Storage.Connections;

/// <summary>Says what a failed write means: SQLite reports a read-only or full file system in several ways.</summary>
internal static class WriteFault
{
    // Errno values as .NET reports them in HResult on Unix.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int ReadOnlyFileSystem = 30;

    /// <summary>The state a store is in after a failure.</summary>
    /// <param name="exception">What SQLite or the file system said.</param>
    /// <param name="directory">Where the store lives; a file is written there where SQLite only says "I/O error".</param>
    public static StoreHealth Classify(Exception exception, string directory)
    {
        var reason = exception switch
        {
            SqliteException { SqliteErrorCode: raw.SQLITE_FULL } => StoreHealthReason.DiskFull,
            SqliteException { SqliteErrorCode: raw.SQLITE_READONLY } => StoreHealthReason.ReadOnly,
            _ => Probe(directory),
        };
        return new StoreHealth(reason, Describe(reason, exception));
    }

    private static string Describe(StoreHealthReason reason, Exception exception) => reason switch
    {
        StoreHealthReason.DiskFull => "the store's file system is full",
        StoreHealthReason.ReadOnly => "the store is read-only",
        _ => exception is SqliteException sqlite
            ? $"writing to the store fails: {sqlite.Message} ({sqlite.SqliteExtendedErrorCode})"
            : $"writing to the store fails: {exception.Message}",
    };

    private static StoreHealthReason Probe(string directory)
    {
        var path = Path.Combine(directory, ".probe");
        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Options = FileOptions.DeleteOnClose,
            });
            file.Write(new byte[64 * 1024]);
            file.Flush(flushToDisk: true);
            return StoreHealthReason.IoError;
        }
        catch (IOException exception)
        {
            return exception.HResult switch
            {
                NoSpace or QuotaExceeded => StoreHealthReason.DiskFull,
                ReadOnlyFileSystem => StoreHealthReason.ReadOnly,
                _ => StoreHealthReason.IoError,
            };
        }
        catch (UnauthorizedAccessException)
        {
            return StoreHealthReason.ReadOnly;
        }
    }
}
