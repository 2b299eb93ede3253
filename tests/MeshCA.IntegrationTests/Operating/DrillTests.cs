using System.IO;
using System.Text.Json;
using Grpc.Core;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Authorities;
using MeshCA.IntegrationTests.Running;
using MeshCA.Requesting;
using MeshCA.Wire.Identity;
using Xunit;

namespace MeshCA.IntegrationTests.Operating;

/// <summary>The drills of docs/operations.md, command by command.</summary>
public sealed class DrillTests : IDisposable
{
    private readonly DrillSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Lost_key_a_copy_put_back_is_all_that_is_needed()
    {
        var key = await _site.MakeKeyAsync("kek");
        var copy = _site.File("kek-in-the-safe");
        File.Copy(key, copy);
        DrillIdentity web;
        byte[] root;
        await using (var before = await _site.StartAsync("mesh", key))
        {
            web = await DrillIdentity.EnrolAsync(before, "web");
            root = Assert.Single(before.Bundle).RawData;
            await DrillSite.RunAsync(0, ["backup", "create", _site.File("backup"), .. _site.Store("mesh", key)]);
            Assert.Equal(0, await before.TerminateAsync());
        }

        File.Delete(key);
        Assert.Contains($"the key-encryption key is missing: file `{key}` does not exist", await _site.RefusalAsync("mesh", key), StringComparison.Ordinal);
        Assert.Contains(key, await DrillSite.RunAsync(1, ["backup", "verify", _site.File("backup"), .. _site.Store("mesh", key)]), StringComparison.Ordinal);
        Assert.False(File.Exists(key)); // nobody drew another one

        File.Copy(copy, key);
        await DrillSite.RunAsync(0, ["backup", "verify", _site.File("backup"), .. _site.Store("mesh", key)]);
        await using var after = await _site.StartAsync("mesh", key);
        Assert.Equal(root, Assert.Single(after.Bundle).RawData);
        Assert.Equal(StatusCode.OK, await web.RenewAsync(after));
        web.Dispose();
    }

    [Fact]
    public async Task Lost_key_without_a_copy_the_mesh_moves_to_a_new_store_while_the_service_still_runs()
    {
        var lost = await _site.MakeKeyAsync("kek");
        await using var old = await _site.StartAsync("old", lost);
        using var before = await DrillIdentity.EnrolAsync(old, "web");
        await DrillSite.RunAsync(0, ["backup", "create", _site.File("backup"), .. _site.Store("old", lost)]);
        File.Delete(lost);

        // What it has in memory still signs; no command that needs the file works any more.
        using var still = await DrillIdentity.EnrolAsync(old, "web");
        await DrillSite.RunAsync(1, ["backup", "create", _site.File("again"), .. _site.Store("old", lost)]);

        var key = await _site.MakeKeyAsync("kek-2");
        await using var next = await _site.StartAsync("new", key, "Rotation:SettleTime=00:00:01", "Rotation:CheckInterval=00:00:00.2");
        using var early = await DrillIdentity.EnrolAsync(next, "api");
        Assert.False(still.IsAcceptedBy(early.Answer.Bundle) || early.IsAcceptedBy(still.Answer.Bundle)); // two meshes, until their roots are exchanged

        var (oldRoot, newRoot) = (await _site.SaveBundleAsync(old, "old-root.pem"), await _site.SaveBundleAsync(next, "new-root.pem"));
        await _site.OrderAsync("old", 0, "root", "import", newRoot, "--manual", "--reason", "key lost");
        await _site.OrderAsync("new", 0, "root", "import", oldRoot, "--manual", "--reason", "key of the old store lost");
        using var renewed = await DrillIdentity.EnrolAsync(old, "web");
        using var moved = await DrillIdentity.EnrolAsync(next, "api");
        Assert.True(renewed.Knows(moved));
        Assert.Equal(
            "distributing", (await _site.OrderAsync("old", 0, "root", "status")).GetProperty("rotation").GetProperty("phase").GetString());

        // Who has not been reached is cut off from those that moved.
        Assert.False(moved.IsAcceptedBy(before.Answer.Bundle));

        await old.KillAsync();
        Assert.Contains(
            "sealed with another key-encryption key",
            await DrillSite.RunAsync(1, ["backup", "verify", _site.File("backup"), .. _site.Store("old", key)]),
            StringComparison.Ordinal);
        Assert.Contains("/sa/web", await DrillSite.RunAsync(0, "audit", "list", "--data", _site.File("old")), StringComparison.Ordinal);

        await _site.OrderAsync("new", 0, "root", "rollback", "--reason", "the last certificate of the old store ended");
        await Eventually.TrueAsync(
            async () => (await _site.OrderAsync("new", 0, "root", "list")).GetProperty("authorities").EnumerateArray()
                .Count(root => root.GetProperty("state").GetString() is "active" or "prepared") == 1,
            "the old root out of the bundle");
        using var late = await DrillIdentity.EnrolAsync(next, "api");
        Assert.True(late.Knows(moved));
        Assert.False(renewed.IsAcceptedBy(late.Answer.Bundle));
    }

    [Fact]
    public async Task Lost_store_the_last_backup_goes_on_where_it_was_and_tells_what_it_does_not_know()
    {
        var key = await _site.MakeKeyAsync("kek");
        var backup = _site.File("backup");
        DrillIdentity before, between;
        await using (var lost = await _site.StartAsync("mesh", key))
        {
            before = await DrillIdentity.EnrolAsync(lost, "before");
            await _site.OrderAsync("mesh", 0, "root", "rotate", "--manual", "--reason", "yearly");
            await DrillSite.RunAsync(0, ["backup", "create", backup, .. _site.Store("mesh", key)]);
            between = await DrillIdentity.EnrolAsync(lost, "between");
            await lost.KillAsync();
        }

        Directory.Delete(_site.File("mesh"), recursive: true);
        var gap = await DrillSite.ReadAsync(0, ["backup", "restore", backup, .. _site.Store("mesh", key)]);
        var known = gap.GetProperty("knownUntil").GetDateTimeOffset();
        Assert.InRange(between.Answer.NotBefore.AddMinutes(2), known.AddSeconds(-1), gap.GetProperty("restoredAt").GetDateTimeOffset());
        await DrillSite.RunAsync(0, ["audit", "verify", .. _site.Store("mesh", key)]);

        await using (var restored = await _site.StartAsync("mesh", key))
        {
            // The audit tells the gap for good; the journal has nobody of it.
            await DrillSite.RunAsync(3, "cert", "show", Serial(between), "--socket", _site.Socket("mesh"));
            Assert.Contains(
                $"issued from {known:O} to ", Assert.Single(StoreOf("mesh").Audit("store.restored")).Detail, StringComparison.Ordinal);

            // Peers go on accepting the gap's certificates; the service renews none of them without a token.
            using var fresh = await DrillIdentity.EnrolAsync(restored, "fresh");
            Assert.True(fresh.Knows(between) && fresh.Knows(before) && between.IsAcceptedBy(fresh.Answer.Bundle));
            Assert.Equal(StatusCode.OK, await before.RenewAsync(restored));
            Assert.Equal(StatusCode.Unauthenticated, await between.RenewAsync(restored));
            await RotatesAsync();

            // No guard can count the gap's certificates, so they are waited for until none can live; and no number comes again.
            var refused = await _site.OrderAsync("mesh", 3, "root", "activate");
            var inventory = refused.GetProperty("unmet").EnumerateArray().Single(condition => condition.GetProperty("kind").GetString() == "inventory");
            Assert.Equal(gap.GetProperty("restoredAt").GetDateTimeOffset().AddDays(15), inventory.GetProperty("until").GetDateTimeOffset(), TimeSpan.FromSeconds(1));
            Assert.InRange((await _site.OrderAsync("mesh", 0, "root", "status")).GetProperty("bundle_sequence").GetInt64(), 1_000_000, 1_999_999);
            Assert.All(
                (await _site.OrderAsync("mesh", 0, "cert", "revoked")).GetProperty("lists").EnumerateArray(),
                list => Assert.StartsWith("1000", list.GetProperty("number").GetString(), StringComparison.Ordinal));
            Assert.Equal(2, StoreOf("mesh").Audit("store.renumbered").Count);
            await restored.KillAsync();
        }

        await using var again = await _site.StartAsync("mesh", key);
        await RotatesAsync();
        Assert.Equal(2, StoreOf("mesh").Audit("store.renumbered").Count); // once
        Assert.Equal(StatusCode.OK, await before.RenewAsync(again));
        before.Dispose();
        between.Dispose();

        async Task RotatesAsync()
        {
            var rotation = (await _site.OrderAsync("mesh", 0, "root", "status")).GetProperty("rotation");
            Assert.Equal(("distributing", "yearly"), (rotation.GetProperty("phase").GetString(), rotation.GetProperty("reason").GetString()));
        }
    }

    [Fact]
    public async Task Expired_intermediate_a_start_makes_the_next_one()
    {
        using var home = new MeshHome();
        var first = await home.StartAsync();
        var (client, stale) = await first.EnrolAsync();
        client.Dispose();
        await first.CloseAsync();

        home.Clock.Offset = TimeSpan.FromDays(40); // an intermediate lives for 30
        await using var second = await home.StartAsync();
        var (fresh, answer) = await second.EnrolAsync();
        fresh.Dispose();
        Assert.Equal("", answer.FindFault(home.Clock.GetUtcNow()));
        Assert.Equal(stale.Bundle[0].RawData, Assert.Single(answer.Bundle).RawData);
        Assert.NotEqual(stale.Middle[0].RawData, answer.Middle[0].RawData);
        Assert.Contains("NotTimeValid", ChainFault.Find(stale.Leaf, stale.Middle, answer.Bundle, home.Clock.GetUtcNow()), StringComparison.Ordinal);
        Assert.Equal(2, home.Store.Audit("intermediate.created").Count);
        Assert.Single(home.Store.Audit("intermediate.retired"));
    }

    [Fact]
    public async Task Expired_intermediate_of_an_offline_root_the_service_starts_and_takes_the_next_one()
    {
        using var home = new MeshHome();
        home.Set(("Server:AdminSocket", home.File("run/admin.sock")));
        var first = await home.StartAsync();
        await OpenSsl.RunAsync(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
            "-subj", "/O=cluster.local/CN=offline root", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout", home.File("root.key"), "-out", home.File("root.pem"));
        await OrderAsync("root", "import", home.File("root.pem"), "--reason", "offline root");
        await InstallAsync("20");
        await OrderAsync("root", "activate", "--force", "--reason", "drill");
        var (client, stale) = await first.EnrolAsync();
        client.Dispose();
        await first.CloseAsync();

        home.Clock.Offset = TimeSpan.FromDays(40);
        await using var second = await home.StartAsync();
        Assert.Equal(503, await second.ReadinessCodeAsync());
        Assert.Contains("no certificate", await second.ReadinessAsync(), StringComparison.Ordinal);
        using (var refused = second.Connect())
        {
            Assert.Equal(StatusCode.Unavailable, (await refused.RefusalOfAsync(new Ask { Token = home.Token() })).StatusCode);
        }

        await InstallAsync("90");
        await Eventually.TrueAsync(async () => await second.ReadinessCodeAsync() == 200, "readiness");
        await second.ReadBundleAsync();
        var (fresh, answer) = await second.EnrolAsync();
        fresh.Dispose();
        Assert.Equal("", answer.FindFault(home.Clock.GetUtcNow()));
        Assert.NotEqual(stale.Middle[0].RawData, answer.Middle[0].RawData);

        async Task InstallAsync(string days)
        {
            var csr = await DrillSite.RunAsync(0, "authority", "csr", "--socket", home.File("run/admin.sock"));
            await File.WriteAllTextAsync(home.File("intermediate.csr"), csr, TestContext.Current.CancellationToken);
            await OpenSsl.RunAsync(
                "x509", "-req", "-in", home.File("intermediate.csr"), "-CA", home.File("root.pem"), "-CAkey", home.File("root.key"),
                "-days", days, "-copy_extensions", "copy", "-out", home.File("intermediate.pem"));
            await OrderAsync("authority", "install", home.File("intermediate.pem"));
        }

        Task OrderAsync(params string[] arguments) => DrillSite.RunAsync(0, [.. arguments, "--socket", home.File("run/admin.sock")]);
    }

    [Fact]
    public async Task Expired_intermediate_of_a_plug_in_authority_the_start_says_so_until_the_files_are_replaced()
    {
        using var home = new MeshHome();
        var root = OperatorAuthority.Root("root 1");
        var (ending, next) = (root.Below("ending"), root.Below("next", life: TimeSpan.FromDays(200)));
        var files = new PluginFiles(home.File("cacerts")).WriteIstio(ending, ending.Pem, root.Pem);
        home.Set(("Authorities:PluginDirectory", files.Directory));
        await (await home.StartAsync()).CloseAsync();

        home.Clock.Offset = TimeSpan.FromDays(100); // `ending` lives for 90
        var refused = await home.RefusalAsync();
        Assert.Equal(ServerStartError.Authorities, refused.Error);
        Assert.Contains("the signing certificate is valid from", refused.Faults[0], StringComparison.Ordinal);

        files.WriteIstio(next, next.Pem, root.Pem);
        await using var mesh = await home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync();
        client.Dispose();
        Assert.Equal("", answer.FindFault(home.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Compromised_root_nobody_with_the_new_bundle_accepts_what_is_under_it_and_each_step_says_before_whom_it_cuts_off()
    {
        var key = await _site.MakeKeyAsync("kek");
        await using var process = await _site.StartAsync("mesh", key);
        var old = Assert.Single(await _site.AuthoritiesAsync("mesh", "root", "active"));
        using var stale = await DrillIdentity.EnrolAsync(process, "stale");
        await using var lost = await Workload.StartAsync("lost", AskAsync);
        using var watching = await DrillIdentity.ConnectAsync(process);
        using var watch = await BundleWatch.OpenAsync(
            watching.Bundles, new(), new CallOptions(new Metadata { { "authorization", $"Bearer {process.Token("watch")}" } }));
        await using var bundles = watch.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        await _site.OrderAsync("mesh", 0, "root", "rotate", "--reason", "key seen elsewhere");
        var activation = await _site.OrderAsync("mesh", 3, "root", "activate");
        Assert.Contains("propagation", activation.GetProperty("unmet").EnumerateArray().Select(condition => condition.GetProperty("kind").GetString()));
        Assert.Superset(new HashSet<string> { "lost", "stale" }, Laggards(activation));
        await _site.OrderAsync("mesh", 0, "root", "activate", "--force", "--reason", "key seen elsewhere");
        await using var renewed = await Workload.StartAsync("renewed", AskAsync);
        Assert.Equal(StatusCode.OK, await CallByOldRootAsync());

        await _site.OrderAsync("mesh", 0, "root", "taint", old, "--reason", "key seen elsewhere");
        await ComesAsync(bundle => bundle.TaintedKeyIds.Contains(old));
        Assert.Equal(StatusCode.OK, await CallByOldRootAsync());

        // Who has renewed is safe from both sides, and whoever has the old bundle, or both roots, accepts the old root yet.
        Assert.True(await renewed.CallAsync(lost) && await lost.CallAsync(renewed), Faults(renewed, lost));

        var revocation = await _site.OrderAsync("mesh", 3, "root", "revoke", old);
        Assert.Equal(2, revocation.GetProperty("stranded_leaves").GetInt64());
        var revoked = await _site.OrderAsync("mesh", 0, "root", "revoke", old, "--force", "--reason", "key seen elsewhere");
        await ComesAsync(bundle => bundle.X509Authorities.Count == 1);
        await Eventually.TrueAsync(async () => await CallByOldRootAsync() != StatusCode.OK, "a serving chain without the cross-certificate");

        await using var fresh = await Workload.StartAsync("fresh", AskAsync);
        Assert.True(await renewed.CallAsync(fresh) && await fresh.CallAsync(renewed), Faults(renewed, fresh));
        Assert.False(await fresh.CallAsync(lost));
        Assert.False(await lost.CallAsync(fresh));
        Assert.Equal(StatusCode.Unavailable, await stale.RenewAsync(process)); // no handshake
        Assert.False(await IsVerifiedByOpenSslAsync(stale.Answer, fresh.Answer));
        Assert.True(await IsVerifiedByOpenSslAsync(renewed.Answer, fresh.Answer));
        Assert.Contains("X509 CRL", await process.Http.GetStringAsync("/crl.pem", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        Assert.Equal([old], await _site.AuthoritiesAsync("mesh", "root", "revoked"));
        Assert.Equal("completed", revoked.GetProperty("status").GetProperty("rotation").GetProperty("phase").GetString());
        Assert.Equal("forced: key seen elsewhere", Assert.Single(StoreOf("mesh").Audit("root.revoked")).Detail);

        async Task<CsrAnswer> AskAsync(string account, string csr)
        {
            using var client = await DrillIdentity.ConnectAsync(process);
            return await client.AskAsync(csr, new Ask { Token = process.Token(account) });
        }

        // Knows the bundle of the start alone.
        async Task<StatusCode> CallByOldRootAsync()
        {
            using var client = process.Connect();
            return await client.CodeOfAsync(stale.Key.Csr(), new Ask { Token = process.Token("watch") });
        }

        async Task ComesAsync(Func<TrustBundle, bool> wanted)
        {
            do
            {
                do
                {
                    Assert.True(await bundles.MoveNextAsync());
                }
                while (bundles.Current.MessageCase != WatchResponse.MessageOneofCase.Bundle);

                await watch.AcknowledgeAsync(bundles.Current.Bundle, TestContext.Current.CancellationToken);
            }
            while (!wanted(bundles.Current.Bundle));
        }
    }

    private StoreFile StoreOf(string name) => new(Path.Combine(_site.File(name), "meshca.db"));

    private static string Serial(DrillIdentity identity) => identity.Answer.Leaf.SerialNumber.ToLowerInvariant();

    private static string Faults(params Workload[] workloads) => string.Join('\n', workloads.SelectMany(workload => workload.Faults));

    private static HashSet<string> Laggards(JsonElement report) =>
    [
        .. report.GetProperty("status").GetProperty("fleet").GetProperty("laggards").EnumerateArray()
            .Select(laggard => laggard.GetProperty("subject").GetString()!).Select(subject => subject[(subject.LastIndexOf('/') + 1)..]),
    ];

    private async Task<bool> IsVerifiedByOpenSslAsync(CsrAnswer shown, CsrAnswer judge)
    {
        await File.WriteAllTextAsync(_site.File("leaf.pem"), shown.Elements[0]);
        await File.WriteAllTextAsync(_site.File("chain.pem"), shown.IntermediatesPem);
        await File.WriteAllTextAsync(_site.File("bundle.pem"), judge.Elements[^1]);
        var (code, _) = await Command.RunAsync("openssl", "", [
            "verify", "-no-CApath", "-no-CAstore", "-CAfile", _site.File("bundle.pem"), "-untrusted", _site.File("chain.pem"), _site.File("leaf.pem"),
        ]);
        return code == 0;
    }
}
