using MeshCA.Configuration;
using MeshCA.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshCA.Benchmarks.Storage;

/// <summary>Fills a new store with journal records through the product's own writer, so that its chain verifies.</summary>
internal static class StoreSeeder
{
    private const int Batch = 10_000;

    // Within the retention of 90 days, so that nothing is pruned while the store is measured.
    private static readonly TimeSpan Span = TimeSpan.FromDays(60);

    /// <summary>Makes a store with so many records, issued evenly over the last two months.</summary>
    /// <param name="directory">Absolute path; the key-encryption key is drawn into it.</param>
    /// <param name="rows">Records.</param>
    public static async Task FillAsync(string directory, long rows)
    {
        await using var store = await OpenAsync(directory);
        var records = new MeshRecords();
        var first = TimeProvider.System.GetUtcNow() - Span;
        var pending = new List<Task>(Batch);
        for (var row = 0L; row < rows; row++)
        {
            pending.Add(store.AppendAsync(records.Next(first + (Span * ((double)row / rows))), default));
            if (pending.Count == Batch || row == rows - 1)
            {
                await Task.WhenAll(pending);
                pending.Clear();
            }
        }
    }

    private static async Task<SqliteStore> OpenAsync(string directory)
    {
        var options = new StorageOptions
        {
            DirectoryPath = directory,
            CreateKeyEncryptionKey = true,
            CheckpointInterval = 1_000_000,
            MaxBatch = Batch,
            QueueBound = 2 * Batch,
            WalCheckpointPages = 50_000,
        };
        return await SqliteStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, null, default) switch
        {
            StoreOpenOutcome.Opened(var store) => store,
            var refused => throw new InvalidOperationException(refused.ToString()),
        };
    }
}
