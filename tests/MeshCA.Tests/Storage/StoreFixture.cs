using MeshCA.Configuration;
using MeshCA.Storage;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Queries;
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
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as long? ?? 0;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _directory.Dispose();
    }
}
