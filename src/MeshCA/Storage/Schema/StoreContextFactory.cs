using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace MeshCA.Storage.Schema;

/// <summary>Lets <c>dotnet ef</c> make a context without the host; the only user of it.</summary>
internal sealed class StoreContextFactory : IDesignTimeDbContextFactory<StoreContext>
{
    /// <inheritdoc />
    public StoreContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<StoreContext>().UseSqlite("Data Source=:memory:").Options);
}
