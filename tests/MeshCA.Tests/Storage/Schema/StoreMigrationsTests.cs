using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage.Schema;

public sealed class StoreMigrationsTests : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");

    public StoreMigrationsTests() => _connection.Open();

    [Fact]
    public void Model_and_migrations_agree()
    {
        using var context = StoreMigrations.Context(_connection);
        var snapshot = ((IInfrastructure<IServiceProvider>)context).Instance.GetService(typeof(IMigrationsAssembly)) is IMigrationsAssembly assembly
            ? assembly.ModelSnapshot!.Model
            : throw new InvalidOperationException("EF has no migrations assembly");
        var initializer = context.GetService<IModelRuntimeInitializer>();
        var migrated = initializer.Initialize(((IMutableModel)snapshot).FinalizeModel());
        var model = context.GetService<IDesignTimeModel>().Model;

        var differences = context.GetService<IMigrationsModelDiffer>()
            .GetDifferences(migrated.GetRelationalModel(), model.GetRelationalModel());
        Assert.Empty(differences.Select(difference => difference.GetType().Name));
    }

    // Each costs every certificate something; ADR 0004 and 0007 say what and why.
    [Fact]
    public void The_journal_has_six_secondary_indexes_and_no_more()
    {
        Assert.True(StoreMigrations.TryApply(_connection));
        Assert.Equal(
            ["journal_authority", "journal_block_serial", "journal_block_subject", "journal_expiry", "journal_serial", "journal_time"],
            Indexes().Select(index => index.Name));
    }

    [Fact]
    public void A_store_from_before_the_block_indexes_gets_each_of_them_once()
    {
        MigrateTo("20261130000000_AuthorityStates");
        MigrateTo("20261130000000_JournalBlockIndexes");
        Assert.Equal(["journal_authority", "journal_serial", "journal_time"], Indexes().Select(index => index.Name));
        Assert.Equal(Newest(), Upgraded());
    }

    [Fact]
    public void A_store_with_the_former_block_indexes_loses_them()
    {
        MigrateTo("20261130000000_JournalBlockIndexes");

        // As the migration left it before.
        Execute("CREATE INDEX journal_block_serial ON journal (seq >> 13, serial)");
        Execute("CREATE INDEX journal_block_subject ON journal (seq >> 13, subject)");
        Execute("CREATE INDEX journal_expiry ON journal (not_after_s)");
        Assert.Equal(Newest(), Upgraded());
    }

    [Fact]
    public void Migrating_twice_changes_nothing()
    {
        Assert.True(StoreMigrations.TryApply(_connection));
        Assert.True(StoreMigrations.TryApply(_connection));
    }

    // A journal of before, its hashes included, means the same: certificates are encoded as they were.
    [Fact]
    public void A_certificate_has_the_format_and_the_canonical_form_of_before_and_a_token_the_next()
    {
        var (certificate, token) = (JournalRow.From(StoreSamples.Leaf()), JournalRow.From(StoreSamples.Token()));
        Assert.Equal((1, 2), (certificate.Version, token.Version));
        var (plain, changed) = (new CanonicalWriter(), new CanonicalWriter());
        certificate.Encode(plain);
        certificate.Audience = "somebody"; // as somebody would who wants a certificate to look like a token
        certificate.Encode(changed);
        Assert.NotEqual(plain.Written.ToArray(), changed.Written.ToArray());
        Assert.True(changed.Written.StartsWith(plain.Written));
    }

    public void Dispose() => _connection.Dispose();

    private static List<(string Name, string Sql)> Newest()
    {
        using var fresh = new StoreMigrationsTests();
        return fresh.Upgraded();
    }

    private List<(string Name, string Sql)> Upgraded()
    {
        Assert.True(StoreMigrations.TryApply(_connection));
        return Indexes();
    }

    private void MigrateTo(string migration)
    {
        using var context = StoreMigrations.Context(_connection);
        context.GetService<IMigrator>().Migrate(migration);
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private List<(string Name, string Sql)> Indexes()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'journal' ORDER BY name";
        using var reader = command.ExecuteReader();
        var indexes = new List<(string Name, string Sql)>();
        while (reader.Read())
        {
            indexes.Add((reader.GetString(0), reader.GetString(1)));
        }

        return indexes;
    }
}
