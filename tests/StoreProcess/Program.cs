using MeshCA.Configuration;
using MeshCA.Storage;
using MeshCA.Storage.Rewrapping;
using MeshCA.Storage.Sealing;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;

// StoreProcess open DIR    opens the store, says how that ended, closes it when its input ends
// StoreProcess append DIR  appends records until it is killed, printing each once it is acknowledged
// StoreProcess rewrap DIR FILE  changes the key-encryption key to that of the file, says how that ended
var options = new StorageOptions { DirectoryPath = args[1], CreateKeyEncryptionKey = true, CheckpointInterval = 50 };
if (args[0] == "rewrap")
{
    var source = new StorageOptions { KeyEncryptionKeyFile = args[2] };
    var rewrapped = await new StoreRewrap(options, TimeProvider.System, NullLogger.Instance).RunAsync(
        () => KeyEncryptionKeySource.Load(source, storeIsNew: false), "uid:7", CancellationToken.None);
    Console.WriteLine(rewrapped);
    return 0;
}

var outcome = await SqliteStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, null, CancellationToken.None);
if (outcome is not StoreOpenOutcome.Opened(var store))
{
    Console.WriteLine($"refused {((StoreOpenOutcome.Refused)outcome).Error}");
    return 1;
}

await using (store)
{
    Console.WriteLine("opened");
    if (args[0] == "append")
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(AppendForEverAsync)));
    }

    await Console.In.ReadToEndAsync();
}

return 0;

async Task AppendForEverAsync()
{
    while (true)
    {
        var record = StoreSamples.Leaf(DateTimeOffset.UtcNow);
        await store.AppendAsync(record, CancellationToken.None);
        Console.WriteLine($"{record.Serial} {record.NotBefore.ToUnixTimeSeconds()}");
    }
}
