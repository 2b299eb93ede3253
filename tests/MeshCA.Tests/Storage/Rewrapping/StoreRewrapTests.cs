using System.Diagnostics;
using System.IO;
using AuthzEngine.Policies;
using MeshCA.Configuration;
using MeshCA.Consumers;
using MeshCA.Policies;
using MeshCA.Federation;
using MeshCA.Revocations;
using MeshCA.Storage;
using MeshCA.Storage.Rewrapping;
using MeshCA.Storage.Sealing;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity;
using TestSupport;
using Xunit;
using static TestSupport.StoreSamples;

namespace MeshCA.Tests.Storage.Rewrapping;

public sealed class StoreRewrapTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    private string NewKey => _store.File("new-kek");

    public async ValueTask InitializeAsync()
    {
        _store = await StoreFixture.OpenAsync();
        await _store.FillAsync(3);
        await _store.Store.TryApplyAsync(FirstChange(), default);
        var policies = StoredPolicies.None with
        {
            Revision = 1,
            Applied = [new(new(ResourceKind.AuthorizationPolicy, "shop", "cart"), 1, "applied", new SourceText("kind: x"u8.ToArray()))],
        };
        await _store.Store.SavePoliciesAsync(StoredPolicies.None, policies, [], default);
        var revocations = StoredRevocations.None with
        {
            Revision = 1,
            LastNumber = 1,
            Entries = [TestRevocations.Ban("spiffe://cluster.local/ns/shop/sa/cart")],
        };
        await _store.Store.SaveRevocationsAsync(StoredRevocations.None, revocations, [], default);
        var federation = new StoredFederation
        {
            Revision = 1,
            Peers = [new() { TrustDomain = TrustDomain.Parse("a.org"), PollKeyHash = "00", Actor = "uid:0", CreatedAt = Now }],
        };
        await _store.Store.SaveFederationAsync(StoredFederation.None, federation, [], default);
        var consumer = new Consumer
        {
            Kind = ConsumerKind.Stream,
            Identity = "spiffe://cluster.local/ns/shop/sa/cart",
            Instance = "cart-0",
            Peer = "10.0.0.1",
            Sequence = 1,
            LastSeen = Now,
        };
        await _store.Store.SaveConsumersAsync(new ConsumerChanges([consumer], []), default);
        await File.WriteAllTextAsync(NewKey, Convert.ToBase64String(new byte[32]));
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Everything_opens_with_the_new_key_and_nothing_with_the_old_one()
    {
        await _store.Store.DisposeAsync();
        var done = Assert.IsType<RewrapOutcome.Done>(await RewrapAsync());
        Assert.NotEqual(done.OldKey, done.NewKey);

        var refused = await SqliteStore.OpenAsync(_store.Options, _store.Clock, _store.Log, null, default);
        Assert.Equal(StoreOpenError.KeyRefused, Assert.IsType<StoreOpenOutcome.Refused>(refused).Error);

        _store.Options.KeyEncryptionKeyFile = NewKey;
        await _store.ReopenAsync();
        Assert.Equal("aa11", Assert.Single((await _store.Store.LoadAsync(default)).Authorities).Id);
        using var key = await _store.Store.OpenKeyAsync("aa11", default);
        Assert.Equal(PrivateKey(), key!.Der.ToArray());
        Assert.Equal(1, (await _store.Store.LoadPoliciesAsync(default)).Revision);
        Assert.Single((await _store.Store.LoadRevocationsAsync(default)).Entries);
        Assert.Single((await _store.Store.LoadFederationAsync(default)).Peers);
        Assert.Equal(1, Assert.Single(await _store.Store.LoadConsumersAsync(default)).Sequence);
        Assert.Empty((await _store.VerifyAsync()).Findings);
        var audited = Assert.Single((await _store.Store.FindEventsAsync(new() { Action = StoreRewrap.Action }, default)).Entries).Event;
        Assert.Equal(("uid:7", done.NewKey, $"before: {done.OldKey}"), (audited.Actor, audited.Target, audited.Detail));
    }

    // Whoever seals something more and forgets it here is found by this, once a test fills it.
    [Fact]
    public async Task Nothing_that_the_old_key_sealed_is_left_in_any_file()
    {
        await _store.Store.DisposeAsync();
        using var old = KeyEncryptionKeySource.Load(_store.Options, storeIsNew: false);
        Assert.Contains(Files(), file => Contains(file, old.Id));
        Assert.IsType<RewrapOutcome.Done>(await RewrapAsync());

        // The audit names keys in hexadecimal, sealed values in bytes.
        Assert.DoesNotContain(Files(), file => Contains(file, old.Id));
        await ReopenAsync();
    }

    [Theory]
    [InlineData("pwrite64", 1)]
    [InlineData("pwrite64", 4)]
    [InlineData("pwrite64", 10)]
    [InlineData("pwrite64", 20)]
    [InlineData("fdatasync", 1)]
    [InlineData("fdatasync", 2)]
    [InlineData("fdatasync", 3)]
    public async Task Killed_at_any_write_it_leaves_a_store_that_one_of_the_keys_opens_whole(string call, int nth)
    {
        await _store.Store.DisposeAsync();
        string[] command =
        [
            "-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:signal=SIGKILL:when={nth}",
            Path.Combine(AppContext.BaseDirectory, "StoreProcess"), "rewrap", _store.Path, NewKey,
        ];
        using var process = Process.Start(new ProcessStartInfo("strace", command) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        if (await SqliteStore.OpenAsync(_store.Options, _store.Clock, _store.Log, null, default) is StoreOpenOutcome.Opened(var opened))
        {
            Assert.Empty(said);
            await opened.DisposeAsync();
            await _store.ReopenAsync();
        }
        else
        {
            await ReopenAsync();
        }

        using var key = await _store.Store.OpenKeyAsync("aa11", default);
        Assert.Equal(PrivateKey(), key!.Der.ToArray());
        Assert.Equal(1, (await _store.Store.LoadPoliciesAsync(default)).Revision);
        Assert.Empty((await _store.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Asked_again_it_says_that_it_is_done()
    {
        await _store.Store.DisposeAsync();
        await RewrapAsync();
        Assert.Null(Assert.IsType<RewrapOutcome.Done>(await RewrapAsync()).OldKey);
        await ReopenAsync();
    }

    [Fact]
    public async Task A_store_in_use_the_same_key_and_a_missing_key_are_refused_and_change_nothing()
    {
        Assert.Equal(RewrapError.InUse, await RefusalAsync(NewKey));
        await _store.Store.DisposeAsync();
        Assert.Equal(RewrapError.SameKey, await RefusalAsync(KeyEncryptionKeySource.FilePath(_store.Options)));
        Assert.Equal(RewrapError.KeyRefused, await RefusalAsync(_store.File("none")));
        _store.Sql("UPDATE authorities SET state = 4");
        Assert.Equal(RewrapError.KeyRefused, await RefusalAsync(NewKey));
        _store.Sql("UPDATE authorities SET state = (SELECT 2)");
        await _store.ReopenAsync();
    }

    [Fact]
    public async Task Where_there_is_no_store_none_is_made()
    {
        var options = new StorageOptions { DirectoryPath = _store.File("empty"), CreateKeyEncryptionKey = true };
        var outcome = await new StoreRewrap(options, _store.Clock, NullLogger.Instance).RunAsync(() => Load(NewKey), "uid:7", default);
        Assert.Equal(RewrapError.NoStore, Assert.IsType<RewrapOutcome.Refused>(outcome).Error);
        Assert.False(Directory.Exists(options.DirectoryPath));
    }

    private static KeyEncryptionKey Load(string file) =>
        KeyEncryptionKeySource.Load(new StorageOptions { KeyEncryptionKeyFile = file }, storeIsNew: false);

    private static bool Contains(string file, ReadOnlySpan<byte> bytes) => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0;

    private IEnumerable<string> Files() => Directory.EnumerateFiles(_store.Path, "meshca.db*");

    private Task<RewrapOutcome> RewrapAsync(string? file = null) =>
        new StoreRewrap(_store.Options, _store.Clock, NullLogger.Instance).RunAsync(() => Load(file ?? NewKey), "uid:7", default);

    private async Task<RewrapError> RefusalAsync(string file) => Assert.IsType<RewrapOutcome.Refused>(await RewrapAsync(file)).Error;

    private Task ReopenAsync()
    {
        _store.Options.KeyEncryptionKeyFile = NewKey;
        return _store.ReopenAsync();
    }
}
