using System.Diagnostics.CodeAnalysis;
using System.IO;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using MeshCA.Benchmarks.Storage;
using MeshCA.Configuration;
using MeshCA.Consumers;
using MeshCA.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshCA.Benchmarks.Consumers;

/// <summary>What it costs to find out who holds which leaves: the first reading of a journal, and a look once it is read.</summary>
/// <remarks>Every leaf is of another pod: the largest inventory that so many records make.</remarks>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 0, iterationCount: 3)]
public class FleetBenchmarks
{
    private const int Batch = 10_000;
    private string _directory = "";
    private SqliteStore _store = null!;
    private FleetReader _read = null!;

    /// <summary>Records in the journal.</summary>
    [Params(1_000_000)]
    public int Leaves { get; set; }

    // In process BenchmarkDotNet starts an asynchronous set-up and does not wait for it.
    [GlobalSetup]
    [SuppressMessage("Usage", "VSTHRD002", Justification = "BenchmarkDotNet's own thread has nothing else to do.")]
    public void SetUp() => SetUpAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    [SuppressMessage("Usage", "VSTHRD002", Justification = "BenchmarkDotNet's own thread has nothing else to do.")]
    public void CleanUp() => CleanUpAsync().GetAwaiter().GetResult();

    /// <summary>Reads the whole journal.</summary>
    [Benchmark]
    public async Task<int> FirstReading()
    {
        using var reader = NewReader();
        return await ReadAsync(reader);
    }

    /// <summary>Counts again, with nothing new to read.</summary>
    [Benchmark]
    public Task<int> Recount() => ReadAsync(_read);

    private static async Task<int> ReadAsync(FleetReader reader)
    {
        FleetReport report;
        do
        {
            report = await reader.MeasureAsync(1, default);
        }
        while (!report.IsComplete);

        return report.Holders;
    }

    private FleetReader NewReader()
    {
        var registry = new ConsumerRegistry(new(TimeSpan.FromDays(1), 1), TimeProvider.System);
        return new(_store, registry, new ConsumerKeeper(registry, _store), TimeProvider.System);
    }

    private async Task SetUpAsync()
    {
        _directory = Directory.CreateTempSubdirectory("meshca-bench-").FullName;
        var options = new StorageOptions
        {
            DirectoryPath = _directory,
            CreateKeyEncryptionKey = true,
            CheckpointInterval = 1_000_000,
            MaxBatch = Batch,
            QueueBound = 2 * Batch,
        };
        var outcome = await SqliteStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, null, default);
        _store = outcome is StoreOpenOutcome.Opened(var store) ? store : throw new InvalidOperationException(outcome.ToString());
        var records = new MeshRecords();
        for (var row = 0; row < Leaves; row += Batch)
        {
            await Task.WhenAll(Enumerable.Range(row, Batch).Select(i =>
            {
                var record = records.Next(TimeProvider.System.GetUtcNow());
                return _store.AppendAsync(record with { Evidence = record.Evidence! with { PodUid = $"5f1c36d3-0d0e-4a8e-a6c2-{i:d12}" } }, default);
            }));
        }

        _read = NewReader();
        await ReadAsync(_read);
    }

    private async Task CleanUpAsync()
    {
        _read.Dispose();
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
