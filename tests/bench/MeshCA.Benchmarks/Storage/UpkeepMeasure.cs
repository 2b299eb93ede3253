using System.Diagnostics;
using System.IO;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Storage;
using MeshCA.Storage.Backups;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshCA.Benchmarks.Storage;

/// <summary>What retention and a backup do to the 99th percentile of recording an issuance: goal, not more than half as much again.</summary>
internal static class UpkeepMeasure
{
    private const int Callers = 16;
    private const double Limit = 1.5;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    // With the quiet runs before and after, so that a machine that changes meanwhile does not decide.
    private const int Rounds = 3;

    /// <summary>Fills a store of which half is beyond retention, and measures.</summary>
    /// <param name="directory">Absolute path of a directory for it; removed afterwards.</param>
    /// <param name="rows">Records.</param>
    /// <param name="output">Gets the lines.</param>
    /// <returns>Whether both were within the limit.</returns>
    public static async Task<bool> RunAsync(string directory, long rows, TextWriter output)
    {
        await StoreSeeder.FillAsync(directory, rows);
        try
        {
            var options = new StorageOptions { DirectoryPath = directory, CreateKeyEncryptionKey = true, Retention = TimeSpan.FromDays(30) };
            var outcome = await SqliteStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, null, default);
            await using var store = outcome is StoreOpenOutcome.Opened(var opened) ? opened : throw new InvalidOperationException(outcome.ToString());
            await QuietAsync(store);
            var retention = await CompareAsync("retention", store, output, token => PruneAsync(store, token));
            var backup = await CompareAsync("backup", store, output, token => BackUpAsync(options, token));
            return retention & backup;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<bool> CompareAsync(string name, SqliteStore store, TextWriter output, Func<CancellationToken, Task> work)
    {
        var (quiet, busy) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            quiet.Add(await QuietAsync(store));
            using var source = new CancellationTokenSource();
            var running = work(source.Token);
            busy.Add(await QuietAsync(store));
            await source.CancelAsync();
            await running;
        }

        var ratio = Median(busy) / Median(quiet);
        await output.WriteLineAsync(FormattableString.Invariant(
            $"{(ratio <= Limit ? "PASS" : "FAIL")} p99-{name} {Median(busy):F2} ms without {Median(quiet):F2} ms ratio {ratio:F2} limit {Limit}"));
        return ratio <= Limit;
    }

    // The 99th percentile over one period, in milliseconds.
    private static async Task<double> QuietAsync(SqliteStore store)
    {
        var records = new MeshRecords();
        var end = Stopwatch.GetTimestamp() + (long)(Duration.TotalSeconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            var times = new List<double>();
            while (Stopwatch.GetTimestamp() < end)
            {
                var record = Next(records);
                var start = Stopwatch.GetTimestamp();
                await store.AppendAsync(record, default);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return times;
        })));
        var sorted = all.SelectMany(times => times).Order().ToList();
        return sorted[(int)(sorted.Count * 0.99)];
    }

    private static IssuanceRecord Next(MeshRecords records)
    {
        lock (records)
        {
            return records.Next(TimeProvider.System.GetUtcNow());
        }
    }

    private static async Task PruneAsync(SqliteStore store, CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested && await store.PruneAsync(TimeProvider.System.GetUtcNow(), cancellationToken) > 0)
            {
                await Task.Yield();
            }
        }
        catch (OperationCanceledException)
        {
            // The period is over; what is left is for the next round.
        }
    }

    private static async Task BackUpAsync(StorageOptions options, CancellationToken cancellationToken)
    {
        var file = Path.Combine(options.DirectoryPath, "measured.backup");
        while (!cancellationToken.IsCancellationRequested)
        {
            File.Delete(file);
            await new StoreBackup(options, TimeProvider.System).CreateAsync(file, default);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
