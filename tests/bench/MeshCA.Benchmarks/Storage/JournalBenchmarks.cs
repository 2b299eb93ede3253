using System.Diagnostics.CodeAnalysis;
using System.IO;
using BenchmarkDotNet.Attributes;
using MeshCA.Configuration;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;

namespace MeshCA.Benchmarks.Storage;

/// <summary>What a certificate's record costs: alone, with others that wait at the same time, and to find again.</summary>
/// <remarks>The store lies in the system's directory for temporary files: where that is memory, an fsync costs nothing.</remarks>
public class JournalBenchmarks
{
    private string _directory = "";
    private SqliteStore _store = null!;
    private SpiffeId[] _subjects = [];
    private IssuanceRecord _known = null!;
    private int _next;

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

    private IssuanceRecord NewRecord()
    {
        var now = TimeProvider.System.GetUtcNow();
        var serial = SerialNumber.Draw();
        return new()
        {
            Kind = CertificateKind.Leaf,
            Serial = serial,
            Subject = _subjects[_next++ % _subjects.Length],
            Certificate = Fingerprint.Of(serial.ToByteArray()),
            Key = Fingerprint.Of("key"u8),
            NotBefore = now.AddSeconds(-120),
            NotAfter = now.AddDays(1),
            RequestedLifetime = TimeSpan.FromDays(1),
            Authority = "00112233445566778899aabbccddeeff00112233",
            Evidence = new AuthenticationEvidence
            {
                Authenticator = "jwt:cluster-1",
                TokenTime = now,
                TokenId = "0b6f3a52-5f1c-4a8e-a6c2-33d2f1f9a111",
                Cluster = "cluster-1",
                PodName = "web-5d4f8c7b9-abcde",
                PodUid = "5f1c36d3-0d0e-4a8e-a6c2-33d2f1f9a111",
                NodeName = "node-1.example.internal",
            },
            BundleSequence = 1,
            Peer = "ipv4:10.1.2.3:47110",
            IssuedAt = now,
        };
    }

    private async Task SetUpAsync()
    {
        _directory = Directory.CreateTempSubdirectory("meshca-bench-").FullName;
        var options = new StorageOptions { DirectoryPath = _directory, CreateKeyEncryptionKey = true };
        var outcome = await SqliteStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, null, default);
        _store = outcome is StoreOpenOutcome.Opened(var store) ? store : throw new InvalidOperationException(outcome.ToString());
        _subjects = [.. Enumerable.Range(0, 20_000).Select(i => SpiffeId.Parse($"spiffe://td/ns/namespace-{i % 50}/sa/account-{i}"))];
        _known = NewRecord();
        await _store.AppendAsync(_known, default);
    }

    private async Task CleanUpAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
