using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace MeshCA.Storage.Schema;

/// <summary>Brings the schema up to date. EF takes no lock for that: the caller holds the store's.</summary>
internal static class StoreMigrations
{
    /// <summary>Applies the migrations that are missing.</summary>
    /// <param name="connection">An open connection that writes.</param>
    /// <returns>Whether this version knows the schema; a newer one's is left alone.</returns>
    /// <exception cref="SqliteException">The database cannot be read or written.</exception>
    public static bool TryApply(SqliteConnection connection)
    {
        using var context = Context(connection);
        var database = context.Database;
        if (database.GetAppliedMigrations().Except(database.GetMigrations()).Any())
        {
            return false;
        }

        database.Migrate();
        return true;
    }

    /// <summary>A context for queries.</summary>
    /// <param name="connection">An open connection; stays the caller's.</param>
    public static StoreContext Context(SqliteConnection connection) =>
        new(new DbContextOptionsBuilder<StoreContext>()
            .UseSqlite(connection)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .Options);
}
