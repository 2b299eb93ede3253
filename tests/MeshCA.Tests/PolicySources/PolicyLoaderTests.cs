using System.IO;
using System.Text;
using MeshCA.Auditing;
using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.PolicySources;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.PolicySources;

public sealed class PolicyLoaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly KeptPolicies _store = new();
    private readonly MemoryStore _audit = new();
    private readonly RecordingLogger _log = new();
    private readonly TestMeterFactory _meters = new();
    private readonly PolicySnapshots _snapshots = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly PolicyOptions _options;

    public PolicyLoaderTests() => _options = new() { Directory = _directory.Path, Debounce = TimeSpan.Zero };

    public void Dispose()
    {
        _directory.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task A_look_that_finds_nothing_new_makes_no_revision()
    {
        Write("a");
        using var loader = Loader();

        Assert.True(await loader.ReloadAsync(default));
        Assert.False(await loader.ReloadAsync(default));
        Assert.Equal(1, _snapshots.Current!.Revision);
    }

    [Fact]
    public async Task A_failure_that_stays_is_one_revision_and_one_alarm()
    {
        Write("a");
        using var loader = Loader();
        await loader.ReloadAsync(default);
        File.Delete(_directory.File("a.yaml"));

        Assert.True(await loader.ReloadAsync(default));
        Assert.False(await loader.ReloadAsync(default));
        Assert.Equal(["directory", "a.yaml"], _log.Entries.Where(entry => entry.EventId == 8002).Select(entry => entry.Values["Source"]));
        Assert.Equal("a", InForce());
    }

    [Fact]
    public async Task What_the_store_does_not_take_is_not_in_force_and_is_tried_again()
    {
        Write("a");
        using var loader = Loader();
        await loader.ReloadAsync(default);
        Write("b");
        _store.Fails = true;
        Assert.False(await loader.ReloadAsync(default));
        Assert.Equal("a", InForce());
        Assert.Contains(_log.Entries, entry => entry.EventId == 8005);
        await Assert.ThrowsAsync<JournalUnavailableException>(() => loader.ChangeAsync(Apply("c"), default));

        _store.Fails = false;
        Assert.True(await loader.ReloadAsync(default));

        Assert.Equal("b", InForce());
        Assert.Equal(2, _snapshots.Current!.Revision);
    }

    [Fact]
    public async Task Unchanged_policies_stay_compiled_when_only_a_failure_is_new()
    {
        Write("a");
        using var loader = Loader();
        await loader.ReloadAsync(default);
        var policies = _snapshots.Current!.Policies;
        File.Delete(_directory.File("a.yaml"));
        await loader.ReloadAsync(default);

        Assert.Same(policies, _snapshots.Current!.Policies);
    }

    [Fact]
    public async Task Mesh_settings_that_become_invalid_stay_what_they_were_over_a_restart()
    {
        Write("a");
        _options.MeshFile = _directory.File("mesh.conf");
        WriteMesh("rootNamespace: root");
        using (var loader = Loader())
        {
            await loader.ReloadAsync(default);
            WriteMesh("rootNamespace: [no, text]");
            await loader.ReloadAsync(default);
            Assert.Equal("root", _snapshots.Current!.Mesh.RootNamespace);
        }

        var after = new PolicySnapshots();
        using var again = Loader(after);
        await again.ReloadAsync(default);

        Assert.Equal("root", after.Current!.Mesh.RootNamespace);
        Assert.Contains(after.Current.Resources.Sources, source => source is { Name: "mesh settings", IsFailed: true });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_invalid_policy_names_stays_denied_over_a_restart_that_cannot_read_its_file(bool isIdentified)
    {
        Write("a");
        var invalid = isIdentified
            ? Deny("b").Replace("action: DENY", "action: NONE", StringComparison.Ordinal)
            : "kind: AuthorizationPolicy\nmetadata: {namespace: shop}\n";
        await File.WriteAllTextAsync(_directory.File("b.yaml"), invalid, TestContext.Current.CancellationToken);
        using (var loader = Loader())
        {
            await loader.ReloadAsync(default);
            Assert.Equal("shop", Assert.Single(_snapshots.Current!.Resources.InForce.Quarantined).Namespace);
        }

        File.Delete(_directory.File("a.yaml"));
        File.Delete(_directory.File("b.yaml"));
        var after = new PolicySnapshots();
        using var again = Loader(after);
        await again.ReloadAsync(default);

        Assert.Equal("shop", Assert.Single(after.Current!.Resources.InForce.Quarantined).Namespace);
    }

    [Fact]
    public async Task Settings_that_were_never_read_keep_everything_from_being_decided_and_lose_nothing()
    {
        Write("a");
        using (var loader = Loader())
        {
            await loader.ReloadAsync(default);
        }

        _options.InventoryFile = _directory.File("missing");
        var after = new PolicySnapshots();
        using (var again = Loader(after))
        {
            await again.ReloadAsync(default);
            Assert.Null(after.Current);
        }

        Assert.Single(_store.Kept.LastGood);
        _options.InventoryFile = "";
        File.Delete(_directory.File("a.yaml"));
        using var last = Loader(after);
        await last.ReloadAsync(default);
        Assert.Equal("a", after.Current!.Resources.InForce.Resources.Single().Id.Name);
    }

    [Fact]
    public async Task A_store_that_was_tampered_with_is_reported_once_and_nothing_is_decided()
    {
        Write("a");
        _store.IsTampered = true;
        using var loader = Loader();
        await loader.ReloadAsync(default);
        await loader.ReloadAsync(default);

        Assert.Single(_log.Entries, entry => entry.EventId == 8006);
        Assert.Null(_snapshots.Current);
    }

    [Fact]
    public async Task An_unchanged_restart_goes_on_under_its_revision_and_writes_nothing()
    {
        await PrepareAsync();
        var kept = _store.Kept;

        var after = await RestartAsync();

        Assert.Equal(kept.Revision, after.Revision);
        Assert.Same(kept, _store.Kept);
        Assert.Equal("a applied", Names(after));
        Assert.Single(after.Resources.InForce.Quarantined);
    }

    [Fact]
    public async Task What_changes_after_an_unchanged_restart_gets_the_next_revision()
    {
        await PrepareAsync();
        var revision = _store.Kept.Revision;
        var after = new PolicySnapshots();
        using var loader = Loader(after);
        await loader.ReloadAsync(default);
        Assert.False(await loader.ReloadAsync(default));
        Write("a2");

        Assert.True(await loader.ReloadAsync(default));

        Assert.Equal(revision + 1, after.Current!.Revision);
        Assert.Equal("a2 applied", Names(after.Current));
    }

    [Theory]
    [InlineData("a policy")]
    [InlineData("a file more")]
    [InlineData("a file less")]
    [InlineData("what is quarantined")]
    [InlineData("mesh settings")]
    [InlineData("a setting")]
    public async Task A_restart_after_a_change_makes_a_revision(string change)
    {
        await PrepareAsync();
        var revision = _store.Kept.Revision;
        switch (change)
        {
            case "a policy": Write("a2"); break;
            case "a file more": await File.WriteAllTextAsync(_directory.File("c.yaml"), Deny("c"), TestContext.Current.CancellationToken); break;
            case "a file less": File.Delete(_directory.File("a.yaml")); break;
            case "what is quarantined": await File.WriteAllTextAsync(_directory.File("b.yaml"), Invalid("b2"), TestContext.Current.CancellationToken); break;
            case "mesh settings": WriteMesh("rootNamespace: other"); break;
            default: _options.AllowInvalid = true; break;
        }

        Assert.Equal(revision + 1, (await RestartAsync()).Revision);
        Assert.Equal(revision + 1, _store.Kept.Revision);
    }

    [Fact]
    public async Task What_is_in_force_although_it_is_invalid_is_not_kept_so_that_each_restart_makes_a_revision()
    {
        _options.AllowInvalid = true;
        await PrepareAsync();
        var revision = _store.Kept.Revision;

        Assert.Equal(revision + 1, (await RestartAsync()).Revision);
    }

    [Fact]
    public async Task A_store_that_is_opened_again_goes_on_under_the_revision_in_force()
    {
        await PrepareAsync();
        using var loader = Loader();
        await loader.ReloadAsync(default);
        var snapshot = _snapshots.Current!;
        _store.Fails = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() => loader.ChangeAsync(Apply("more"), default));
        _store.Fails = false;

        Assert.True(await loader.ReloadAsync(default));

        Assert.Equal(snapshot.Revision, _snapshots.Current!.Revision);
        Assert.Equal("a applied", InForce());
        Assert.Equal(snapshot.Revision + 1, Assert.IsType<PolicyChangeOutcome.Changed>(await loader.ChangeAsync(Apply("more"), default)).Revision);
    }

    [Fact]
    public async Task Each_revision_that_files_bring_is_on_record_with_what_it_changed()
    {
        Write("a");
        _options.MeshFile = _directory.File("mesh.conf");
        WriteMesh("rootNamespace: root");
        using var loader = Loader();
        await loader.ReloadAsync(default);
        await loader.ReloadAsync(default);
        await WriteAsync("b.yaml", Deny("b"));
        await WriteAsync("c.yaml", Invalid("c"));
        await loader.ReloadAsync(default);
        await WriteAsync("b.yaml", Deny("b").Replace("DENY", "ALLOW", StringComparison.Ordinal));
        WriteMesh("rootNamespace: other");
        await loader.ReloadAsync(default);
        File.Delete(_directory.File("b.yaml"));
        await loader.ReloadAsync(default);
        File.Delete(_directory.File("a.yaml"));
        await loader.ReloadAsync(default);
        await loader.ChangeAsync(Apply("applied"), default);

        Assert.All(_store.Records.SkipLast(1), record => Assert.Equal(("policy.loaded", "system", "policies", "ok"), (record.Action, record.Actor, record.Target, record.Outcome)));
        Assert.Equal(
            [
                "revision 1: 1 added, 1 changed: AuthorizationPolicy/shop/a added, mesh settings changed",
                "revision 2: 1 added, 1 held back: AuthorizationPolicy/shop/b added, AuthorizationPolicy/shop/c held back",
                "revision 3: 2 changed: AuthorizationPolicy/shop/b changed, mesh settings changed",
                "revision 4: 1 removed: AuthorizationPolicy/shop/b removed",
                "revision 5: 1 removed: AuthorizationPolicy/shop/a removed",
                "AuthorizationPolicy/shop/applied",
            ],
            _store.Records.Select(record => record.Detail));
    }

    [Fact]
    public async Task A_source_that_fails_and_works_again_is_on_record_and_a_record_is_bounded()
    {
        Write("a");
        using var loader = Loader();
        await loader.ReloadAsync(default);
        await WriteAsync("a.yaml", "");
        await loader.ReloadAsync(default);
        Write("a");
        await loader.ReloadAsync(default);
        for (var i = 0; i < 60; i++)
        {
            await WriteAsync($"b{i}.yaml", Deny($"b{i}"));
        }

        await loader.ReloadAsync(default);

        Assert.Equal(
            ["revision 2: 1 failed: a.yaml failed", "revision 3: nothing in force changed"],
            _store.Records.Skip(1).Take(2).Select(record => record.Detail));
        Assert.Equal(AuditEvent.MaxDetail, _store.Records[^1].Detail.Length);
        Assert.StartsWith("revision 4: 60 added: AuthorizationPolicy/shop/b0 added, ", _store.Records[^1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_restart_only_what_became_different_is_on_record()
    {
        await PrepareAsync();
        await WriteAsync("c.yaml", Deny("c"));
        _store.Records.Clear();

        await RestartAsync();

        Assert.Equal("revision 2: 1 added: AuthorizationPolicy/shop/c added", Assert.Single(_store.Records).Detail);
    }

    [Fact]
    public async Task Files_whose_revision_the_store_did_not_take_are_on_record_with_the_change_that_brings_them()
    {
        Write("a");
        using var loader = Loader();
        await loader.ReloadAsync(default);
        Write("b");
        _store.Fails = true;
        await loader.ReloadAsync(default);
        _store.Fails = false;
        _store.Records.Clear();

        await loader.ChangeAsync(Apply("applied"), default);

        Assert.Equal(["policy.apply", "policy.loaded"], _store.Records.Select(record => record.Action));
        Assert.Equal("revision 2: 1 added, 1 removed: AuthorizationPolicy/shop/b added, AuthorizationPolicy/shop/a removed", _store.Records[1].Detail);
    }

    private Task WriteAsync(string file, string text) =>
        File.WriteAllTextAsync(_directory.File(file), text, TestContext.Current.CancellationToken);

    // A valid file, an invalid one, mesh settings, and what was applied.
    private async Task PrepareAsync()
    {
        Write("a");
        _options.MeshFile = _directory.File("mesh.conf");
        WriteMesh("rootNamespace: root");
        await File.WriteAllTextAsync(_directory.File("b.yaml"), Invalid("b"), TestContext.Current.CancellationToken);
        using var loader = Loader(new PolicySnapshots());
        Assert.IsType<PolicyChangeOutcome.Changed>(await loader.ChangeAsync(Apply("applied"), default));
        await loader.ReloadAsync(default);
    }

    private async Task<PolicySnapshot> RestartAsync()
    {
        var snapshots = new PolicySnapshots();
        using var loader = Loader(snapshots);
        Assert.True(await loader.ReloadAsync(default));
        return snapshots.Current!;
    }

    private static string Invalid(string name) => Deny(name).Replace("rules: [{}]", "rules: [{to: [{operation: {ports: [no-port]}}]}]", StringComparison.Ordinal);

    private static string Names(PolicySnapshot snapshot) => string.Join(
        ' ', snapshot.Resources.InForce.Resources.Select(resource => resource.Id.Name).Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_file_that_is_written_slowly_counts_once_it_is_closed()
    {
        using var loader = await LoadAsync(Deny("a"));

        // What there is of it so far reads well.
        await using (var writer = new StreamWriter(_directory.File("a.yaml")))
        {
            await WriteAsync(writer, Deny("b"));
            for (var i = 0; i < 5; i++)
            {
                Assert.False(await loader.ReloadAsync(default));
                Assert.True(loader.WantsLook);
                _clock.Advance(_options.Debounce);
            }

            Assert.Equal("a", InForce());
            await WriteAsync(writer, "---\n" + Deny("c"));
        }

        Assert.False(await loader.ReloadAsync(default));
        _clock.Advance(_options.Debounce);
        Assert.True(await loader.ReloadAsync(default));
        Assert.Equal("b c", InForce());
        Assert.False(loader.WantsLook);
        Assert.DoesNotContain(_log.Entries, entry => entry.EventId == 8002);
    }

    [Fact]
    public async Task A_file_that_is_never_closed_is_alarmed_and_keeps_nothing_else_from_counting()
    {
        using var loader = await LoadAsync(Deny("a"));
        await using (var writer = new StreamWriter(_directory.File("a.yaml")))
        {
            await WriteAsync(writer, Deny("b"));
            for (var i = 0; i < 10; i++)
            {
                Assert.False(await loader.ReloadAsync(default));
                _clock.Advance(_options.Debounce);
            }

            Assert.True(await loader.ReloadAsync(default));
            Assert.Equal("a.yaml", Assert.Single(_log.Entries, entry => entry.EventId == 8002).Values["Source"]);
            Assert.False(loader.WantsLook);

            await File.WriteAllTextAsync(_directory.File("z.yaml"), Deny("z"), TestContext.Current.CancellationToken);
            Assert.False(await loader.ReloadAsync(default));
            _clock.Advance(_options.Debounce);
            Assert.True(await loader.ReloadAsync(default));
            Assert.Equal("a z", InForce());
        }

        _clock.Advance(_options.Debounce);
        Assert.True(await loader.ReloadAsync(default));
        Assert.Equal("b z", InForce());
    }

    [Fact]
    public async Task A_file_that_is_written_in_pieces_counts_once_it_is_quiet()
    {
        using var loader = await LoadAsync(Deny("a"));
        var text = Deny("b");
        for (var piece = 0; piece < 5; piece++)
        {
            await File.WriteAllTextAsync(_directory.File("a.yaml"), text, TestContext.Current.CancellationToken);
            Assert.False(await loader.ReloadAsync(default));
            Assert.True(loader.WantsLook);
            text += "---\n" + Deny($"b{piece}");
            _clock.Advance(_options.Debounce);
        }

        Assert.Equal("a", InForce());
        Assert.True(await loader.ReloadAsync(default));
        Assert.Equal("b b0 b1 b2 b3", InForce());
    }

    [Fact]
    public async Task A_new_file_counts_once_it_is_quiet()
    {
        using var loader = await LoadAsync(Deny("a"));
        await File.WriteAllTextAsync(_directory.File("b.yaml"), Deny("b"), TestContext.Current.CancellationToken);
        Assert.False(await loader.ReloadAsync(default));
        Assert.Equal("a", InForce());

        _clock.Advance(_options.Debounce);
        Assert.True(await loader.ReloadAsync(default));
        Assert.Equal("a b", InForce());
    }

    [Fact]
    public async Task A_file_that_is_removed_and_comes_again_was_never_gone()
    {
        await File.WriteAllTextAsync(_directory.File("b.yaml"), Deny("b"), TestContext.Current.CancellationToken);
        using var loader = await LoadAsync(Deny("a"));
        var revision = _snapshots.Current!.Revision;
        File.Delete(_directory.File("a.yaml"));
        Assert.False(await loader.ReloadAsync(default));
        Assert.True(loader.WantsLook);
        Write("a");
        _clock.Advance(_options.Debounce);
        Assert.False(await loader.ReloadAsync(default));
        Assert.Equal(revision, _snapshots.Current!.Revision);

        File.Delete(_directory.File("a.yaml"));
        Assert.False(await loader.ReloadAsync(default));
        Assert.Equal("a b", InForce());
        _clock.Advance(_options.Debounce);
        Assert.True(await loader.ReloadAsync(default));
        Assert.Equal("b", InForce());
    }

    [Fact]
    public async Task Mesh_settings_that_are_written_slowly_count_once_they_are_closed()
    {
        _options.MeshFile = _directory.File("mesh.conf");
        WriteMesh("rootNamespace: root");
        using var loader = await LoadAsync(Deny("a"));
        await using (var writer = new StreamWriter(_options.MeshFile))
        {
            await WriteAsync(writer, "rootNamespace: ro");
            Assert.False(await loader.ReloadAsync(default));
            _clock.Advance(_options.Debounce);
            Assert.False(await loader.ReloadAsync(default));
            await WriteAsync(writer, "ad");
        }

        Assert.Equal("root", _snapshots.Current!.Mesh.RootNamespace);
        Assert.False(await loader.ReloadAsync(default));
        _clock.Advance(_options.Debounce);
        Assert.True(await loader.ReloadAsync(default));
        Assert.Equal("road", _snapshots.Current!.Mesh.RootNamespace);
    }

    // With a quiet time, waited for by the manual clock.
    private async Task<PolicyLoader> LoadAsync(string text)
    {
        _options.Debounce = TimeSpan.FromSeconds(1);
        await File.WriteAllTextAsync(_directory.File("a.yaml"), text, TestContext.Current.CancellationToken);
        var loader = Loader();
        var loading = loader.ReloadAsync(default);
        while (!loading.IsCompleted)
        {
            _clock.Advance(_options.Debounce);
            await Task.Yield();
        }

        Assert.True(await loading);
        return loader;
    }

    private static async Task WriteAsync(StreamWriter writer, string text)
    {
        await writer.WriteAsync(text);
        await writer.FlushAsync(TestContext.Current.CancellationToken);
    }

    private static PolicyChange.Apply Apply(string name) => new("uid:0", null, [("test", new SourceText(Encoding.UTF8.GetBytes(Deny(name))))]);

    private static string Deny(string name) =>
        $"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{action: DENY, rules: [{{}}]}}\n";

    private string InForce() => string.Join(' ', _snapshots.Current!.Resources.InForce.Resources.Select(resource => resource.Id.Name));

    private void Write(string name) => File.WriteAllText(_directory.File("a.yaml"), Deny(name));

    private void WriteMesh(string text) => File.WriteAllText(_options.MeshFile, text);

    private PolicyLoader Loader(PolicySnapshots? snapshots = null) => new(
        _options,
        "cluster.local",
        _store,
        _audit,
        snapshots ?? _snapshots,
        new PolicyMetrics(_meters),
        _clock,
        new Logger<PolicyLoader>(_log));

    private sealed class KeptPolicies : IPolicyStore
    {
        public StoredPolicies Kept { get; private set; } = StoredPolicies.None;

        /// <summary>What was written with it, all revisions together.</summary>
        public List<AuditEvent> Records { get; } = [];

        public bool Fails { get; set; }

        public bool IsTampered { get; set; }

        public Task<StoredPolicies> LoadPoliciesAsync(CancellationToken cancellationToken) =>
            IsTampered ? Task.FromException<StoredPolicies>(new KeySealException("tampered")) : Task.FromResult(Kept);

        public Task SavePoliciesAsync(
            StoredPolicies previous, StoredPolicies next, IReadOnlyList<AuditEvent> records, CancellationToken cancellationToken)
        {
            if (Fails)
            {
                return Task.FromException(new JournalUnavailableException("full"));
            }

            Assert.Equal(previous.Revision, Kept.Revision);
            Kept = next;
            Records.AddRange(records);
            return Task.CompletedTask;
        }
    }
}
