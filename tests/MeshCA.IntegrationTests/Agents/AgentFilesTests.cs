using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Agent.Files;
using MeshCA.IntegrationTests.Running;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>The agent's files, with the real service.</summary>
public sealed class AgentFilesTests
{
    [Fact]
    public async Task Whoever_reads_through_the_link_gets_files_that_belong_together_however_often_they_change()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var home = new AgentHome(("Agent:Lifetime", "00:00:02"), ("Agent:Files:0:OldVersionGrace", "00:00:02"));
        home.Set(("Agent:Files:0:Directory", home.File("out")), ("Agent:Files:0:CombinedFile", "haproxy.pem"));
        await home.PointToAsync(mesh);
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => File.Exists(home.File("out/cert-chain.pem")), "files");
        var serials = new HashSet<string>();
        await Eventually.TrueAsync(
            () =>
            {
                var set = Path.Combine(home.File("out"), new FileInfo(home.File("out/..data")).LinkTarget!);
                serials.Add(Check(set));
                return serials.Count >= 3;
            },
            "three sets");

        Assert.Equal("0600", Mode(home.File("out/key.pem")));
        Assert.Equal("0600", Mode(home.File("out/haproxy.pem")));
        Assert.Equal("0644", Mode(home.File("out/cert-chain.pem")));
        await Eventually.TrueAsync(() => Directory.GetDirectories(home.File("out"), "..set_*").Length <= 4, "that old sets are removed");
    }

    [Fact]
    public async Task Openssl_verifies_the_files_and_a_signal_is_sent()
    {
        await using var mesh = await TestMesh.StartAsync();
        using var home = new AgentHome();
        home.Set(
            ("Agent:Files:0:Directory", home.File("out")), ("Agent:Files:0:Layout", "Spiffe"),
            ("Agent:Files:1:Directory", home.File("tls")), ("Agent:Files:1:Layout", "Kubernetes"), ("Agent:Files:1:KeyMode", "0640"),
            ("Agent:Files:1:ReloadPidFile", home.File("pid")));
        await home.PointToAsync(mesh);
        using var waiting = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"trap 'touch {home.File("told")}; exit 0' HUP; touch {home.File("ready")}; while :; do sleep 0.05; done"]);
        await Eventually.TrueAsync(() => File.Exists(home.File("ready")), "the process");
        home.Write("pid", $"{waiting.Id}\n");
        await using var agent = await home.StartAsync();
        await Eventually.TrueAsync(() => File.Exists(home.File("told")), "the signal");

        Assert.Equal("0640", Mode(home.File("tls/tls.key")));
        var (code, text) = await Command.RunAsync(
            "openssl", "", ["verify", "-CAfile", home.File("tls/ca.crt"), "-untrusted", home.File("tls/tls.crt"), home.File("tls/tls.crt")]);
        Assert.True(code == 0, text);
        await Eventually.TrueAsync(() => File.Exists(home.File("out/svid_bundle.pem")), "the other directory");
    }

    [Fact]
    public async Task Files_without_a_name_are_the_first_entrys_and_keep_its_svid_when_that_has_ended()
    {
        await using var home = new WorkloadHome
        {
            Entries = [SampleIdentities.Entry("a", WorkloadHome.Web), SampleIdentities.Entry("b", WorkloadHome.Cart)],
        };
        home.Files.Set(("Agent:Files:0:Directory", home.Files.File("out")));
        await home.Hold().StartAsync();
        var worker = home.Agent.Part<FilesWorker>();
        await Eventually.TrueAsync(() => worker.Statuses[0].Serial is not null, "files");
        var ended = home.States.Publish(state => state with { Svids = [state.Svids[1]] });
        await Eventually.TrueAsync(() => worker.Statuses[0].Revision == ended.Revision, "that the files are those of the state");

        Assert.True(X509Svid.TryParsePem(
            await File.ReadAllTextAsync(home.Files.File("out/cert-chain.pem"), TestContext.Current.CancellationToken), out var svid, out _));
        Assert.Equal(WorkloadHome.Web, svid.Id.ToString());
    }

    [Fact]
    public async Task Files_of_an_entry_that_there_is_not_say_so()
    {
        await using var home = new WorkloadHome();
        home.Files.Set(("Agent:Files:0:Directory", home.Files.File("out")), ("Agent:Files:0:Entry", "wbe"));
        await home.Hold().StartAsync();

        await Eventually.TrueAsync(() => home.Agent.Part<FilesWorker>().Statuses[0].Fault is "no entry has the name `wbe`", "the fault");
        Assert.False(Directory.Exists(home.Files.File("out")));
    }

    private static string Check(string set)
    {
        Assert.True(X509Svid.TryParsePem(File.ReadAllText(Path.Combine(set, "cert-chain.pem")), out var svid, out _));
        Assert.True(X509Bundle.TryParsePem(TrustDomain.Parse("cluster.local"), File.ReadAllText(Path.Combine(set, "root-cert.pem")), out var bundle, out _));
        Assert.Equal(X509SvidError.None, svid.Verify(bundle, svid.NotAfter));
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(set, "key.pem")));
        Assert.Equal(svid.SubjectPublicKeyInfo.ToArray(), key.ExportSubjectPublicKeyInfo());
        using var combined = X509Certificate2.CreateFromPemFile(Path.Combine(set, "haproxy.pem"));
        Assert.True(combined.HasPrivateKey);
        return Convert.ToHexString(svid.SerialNumber.Span);
    }

    private static string Mode(string path) => "0" + Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
