using System.Diagnostics.CodeAnalysis;
using System.IO;
using BenchmarkDotNet.Attributes;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshCA.Benchmarks.Storage;

/// <summary>What a certificate's record costs: alone, with others that wait at the same time, and to find again.</summary>
/// <remarks>The store lies in the system's directory for temporary files: where that is memory, an fsync costs nothing.</remarks>
public class JournalBenchmarks
{
    private readonly MeshRecords _records = new();
    private string _directory = "";
    private SqliteStore _store = null!;
    private IssuanceRecord _known = null!;

    /// <summary>Records that wait for one commit.</summary>
    [Params(1, 16, 256)]
    public int Concurrent { get; set; }

    // In process BenchmarkDotNet starts an asynchronous set-up and does not wait for it.
    [GlobalSetup]
    [SuppressMessage("Usage", "VSTHRD002", Justification = "BenchmarkDotNet's own thread has nothing else to do.")]
    public void SetUp() => SetUpAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    [SuppressMessage("Usage", "VSTHRD002", Justification = "BenchmarkDotNet's own thread has nothing else to do.")]
    public void CleanUp() => CleanUpAsync().GetAwaiter().GetResult();

    /// <summary>Time until all of them are durable.</summary>
    [Benchmark]
    public Task Append()
    {
        var appends = new Task[Concurrent];
        for (var i = 0; i < appends.Length; i++)
        {
            appends[i] = _store.AppendAsync(NewRecord(), default);
        }

        return Task.WhenAll(appends);
    }

    /// <summary>What a renewal by certificate asks.</summary>
    [Benchmark]
    public Task FindLastToken() => _store.FindLastTokenAsync(_known.Serial, _known.NotBefore, default);

    private IssuanceRecord NewRecord() => _records.Next(TimeProvider.System.GetUtcNow());

    private async Task SetUpAsync()
    {
        _directory = Directory.CreateTempSubdirectory("meshca-bench-").FullName;
        var options = new StorageOptions { DirectoryPath = _directory, CreateKeyEncryptionKey = true };
        var outcome = await SqliteStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, null, default);
        _store = outcome is StoreOpenOutcome.Opened(var store) ? store : throw new InvalidOperationException(outcome.ToString());
        _known = NewRecord();
        await _store.AppendAsync(_known, default);
    }

    private async Task CleanUpAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
