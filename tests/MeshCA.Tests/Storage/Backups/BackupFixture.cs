using System.Diagnostics;
using System.IO;
using System.Security.Cryptography;
using MeshCA.Configuration;
using MeshCA.Storage.Backups;
using Xunit;

namespace MeshCA.Tests.Storage.Backups;

/// <summary>Backups of one store, beside it in its directory.</summary>
internal sealed class BackupFixture(StoreFixture store)
{
    public string FilePath => store.File("backup");

    // A pipe in the place of the backup: it gives out one half, and the other once the work was cancelled. What one end has
    // written of many chunks the other has read, so the work is in the middle for certain.
    public async Task CancelHalfWayAsync(Func<string, CancellationToken, Task> start)
    {
        var content = await File.ReadAllBytesAsync(FilePath);
        var pipe = store.File("pipe");
        using (var process = Process.Start("mkfifo", [pipe]))
        {
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
        }

        using var source = new CancellationTokenSource();
        var work = start(pipe, source.Token);
        await Task.Run(() =>
        {
            using var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            writer.Write(content.AsSpan(0, content.Length / 2));
            source.Cancel();

            // The reader may be gone before it has read all.
            Record.Exception(() => writer.Write(content.AsSpan(content.Length / 2)));
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        File.Delete(pipe);
    }

    public async Task<IReadOnlyList<string>> BackUpPagesAsync()
    {
        await FillPagesAsync(megabytes: 2);
        await CreateAsync();
        return StoreContents();
    }

    // Of the files that make up the store: what is in them, by hash.
    public List<string> StoreContents() =>
    [
        .. ((string[])["meshca.db", "meshca.db-wal", "kek", "backup"]).Select(name =>
        {
            using var file = new FileStream(
                store.File(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return $"{name} {Convert.ToHexString(SHA256.HashData(file))}";
        }),
    ];

    public static List<string> Names(string directory) =>
        [.. Directory.GetFileSystemEntries(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public string[] PlainCopies() => Directory.GetFiles(store.Path, "*.plain");

    // Large enough that no machine copies and seals it between the copy's first sight and the cancellation.
    public async Task FillPagesAsync(int megabytes)
    {
        await store.FillAsync(1);
        store.Sql("CREATE TABLE ballast (x BLOB)");
        store.Sql($"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {megabytes}) INSERT INTO ballast SELECT zeroblob(1048576) FROM n");
    }

    public Task<BackupOutcome> CreateAsync() => new StoreBackup(store.Options, store.Clock).CreateAsync(FilePath, default);

    public Task<BackupOutcome> VerifyAsync() => new StoreBackup(store.Options, store.Clock).VerifyAsync(FilePath, default);

    public async Task<(StorageOptions Options, BackupOutcome Outcome)> RestoreAsync(string directory) =>
        (RestoreOptions(directory), await RestoreTo(directory).RestoreAsync(FilePath, default));

    public StoreRestore RestoreTo(string directory) => new(RestoreOptions(directory), store.Clock, store.Log);

    public StorageOptions RestoreOptions(string directory) => new()
    {
        DirectoryPath = store.File(directory).TrimEnd('/'),
        KeyEncryptionKeyFile = store.File("kek"),
    };
}
