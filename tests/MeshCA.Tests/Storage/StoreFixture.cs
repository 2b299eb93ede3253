using MeshCA.Configuration;
using MeshCA.Storage;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Connections;
using MeshCA.Storage.Queries;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Verification;
using Microsoft.Data.Sqlite;
using TestSupport;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage;

/// <summary>An embedded store in a directory of its own, and what tests do to it behind its back.</summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public ManualTimeProvider Clock { get; } = new(Now);

    public RecordingLogger Log { get; } = new();

    public StorageOptions Options { get; }

    public string Path => _directory.Path;

    public string Database => _directory.File("meshca.db");

    public SqliteStore Store { get; private set; } = null!;

    private StoreFixture() => Options = new StorageOptions
    {
        DirectoryPath = _directory.Path,
        CreateKeyEncryptionKey = true,
        CheckpointInterval = 10,
    };

    public static async Task<StoreFixture> OpenAsync(Action<StorageOptions>? configure = null)
    {
        var fixture = new StoreFixture();
        configure?.Invoke(fixture.Options);
        await fixture.ReopenAsync();
        return fixture;
    }

    public string File(string name) => _directory.File(name);

    /// <summary>The writer behind the store, to put writes of the test's own into its queue.</summary>
    public MeshCA.Storage.Writing.StoreWriter Writer() => Store.Writer;

    /// <summary>Removes what retention lets go by the fixture's clock.</summary>
    public Task<long> PruneAsync() => Store.PruneAsync(Clock.GetUtcNow(), default);

    public async Task ReopenAsync()
    {
        if (Store is not null)
        {
            await Store.DisposeAsync();
        }

        Store = Assert.IsType<StoreOpenOutcome.Opened>(await SqliteStore.OpenAsync(Options, Clock, Log, null, default)).Store;
    }

    /// <summary>Appends as many leaves and events, in turn.</summary>
    public async Task FillAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Store.AppendAsync(Leaf(Clock.GetUtcNow(), $"spiffe://td/ns/a/sa/n{i}"), default);
            await Store.AppendAsync(Event(at: Clock.GetUtcNow(), detail: $"event {i}"), default);
        }
    }

    public async Task<VerificationReport> VerifyAsync(CheckpointReference? expected = null)
    {
        using var inspection = new StoreInspection(Options);
        return await inspection.VerifyAsync(expected, default);
    }

    public long Sql(string sql)
    {
        using var connection = Connect();
        return StoreConnections.Execute(connection, sql) as long? ?? 0;
    }

    /// <summary>The journal's rows from a sequence number on.</summary>
    public IReadOnlyList<JournalRow> JournalRows(long first)
    {
        using var connection = Connect();
        using var statement = new SqliteStatement(connection, JournalTable.SelectFrom);
        var rows = new List<JournalRow>();
        statement.Bind(first);
        while (statement.Step())
        {
            rows.Add(JournalTable.Read(statement));
        }

        return rows;
    }

    /// <summary>
    /// Changes journal rows from a sequence number on and gives them hashes that fit: what somebody does who knows the format
    /// and can write the database, but has no key.
    /// </summary>
    public void RewriteJournal(long first, byte[] before, Action<JournalRow> change, int count = int.MaxValue)
    {
        var rows = JournalRows(first).Take(count).ToList();
        using var hasher = new ChainHasher();
        var writer = new CanonicalWriter();
        foreach (var row in rows)
        {
            change(row);
            row.Encode(writer.Clear());
            row.Hash = before = hasher.Next(before, row.Sequence, writer.Written);
        }

        using var connection = Connect();
        StoreConnections.Execute(connection, $"DELETE FROM journal WHERE seq BETWEEN {first} AND {rows[^1].Sequence}");
        using var insert = new SqliteStatement(connection, JournalTable.Insert);
        foreach (var row in rows)
        {
            JournalTable.Bind(insert, row).Run();
        }
    }

    /// <summary>The store's random name.</summary>
    public byte[] StoreId()
    {
        using var connection = Connect();
        return MetaTable.Read(connection, MetaRow.StoreId)!;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _directory.Dispose();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=false");
        connection.Open();
        return connection;
    }
}
