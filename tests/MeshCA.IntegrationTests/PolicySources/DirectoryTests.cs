using System.IO;
using AuthzEngine.Admission;
using MeshCA.IntegrationTests.Running;
using MeshCA.Policies;
using Xunit;

namespace MeshCA.IntegrationTests.PolicySources;

/// <summary>The watched directory, on the real file system.</summary>
public sealed class DirectoryTests : IDisposable
{
    private readonly PolicyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Files_are_loaded_edited_replaced_added_and_removed()
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        await using var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");

        _home.Write("a.yaml", PolicyHome.Deny("a") + PolicyHome.Deny("a2"));
        await mesh.BecomesAsync("a a2");

        await File.WriteAllTextAsync(_home.Home.File("new"), PolicyHome.Deny("moved"), TestContext.Current.CancellationToken);
        File.Move(_home.Home.File("new"), Path.Combine(_home.Directory, "a.yaml"), overwrite: true);
        await mesh.BecomesAsync("moved");

        _home.Write("b.json", """{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"name":"b","namespace":"shop"},"spec":{}}""");
        await mesh.BecomesAsync("b moved");

        _home.Delete("a.yaml");
        await mesh.BecomesAsync("b");
    }

    [Fact]
    public async Task A_mounted_config_map_is_swapped_as_a_whole()
    {
        var first = Directory.CreateDirectory(Path.Combine(_home.Directory, "..2026_1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(first, "a.yaml"), PolicyHome.Deny("one"), TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(Path.Combine(_home.Directory, "..data"), "..2026_1");
        File.CreateSymbolicLink(Path.Combine(_home.Directory, "a.yaml"), "..data/a.yaml");
        await using var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("one");

        var second = Directory.CreateDirectory(Path.Combine(_home.Directory, "..2026_2")).FullName;
        await File.WriteAllTextAsync(Path.Combine(second, "a.yaml"), PolicyHome.Deny("two"), TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(Path.Combine(_home.Directory, "..data_tmp"), "..2026_2");
        await Command.RunAsync(
            "mv", "", ["-T", Path.Combine(_home.Directory, "..data_tmp"), Path.Combine(_home.Directory, "..data")]);
        Directory.Delete(first, recursive: true);

        await mesh.BecomesAsync("two");
    }

    [Theory]
    [InlineData("emptied")]
    [InlineData("vanished")]
    [InlineData("a file in its place")]
    public async Task A_directory_that_fails_keeps_its_policies_and_says_so(string fault)
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        await using var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");

        Break(fault);

        await Eventually.TrueAsync(() => mesh.Source("directory") is { IsFailed: true }, "the failure in the status");
        Assert.Equal("a", mesh.InForce());
        Assert.True(mesh.Source("a.yaml")!.IsFailed);
        Assert.Contains("meshca_policy_sources_failed 2", await mesh.GetAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal(200, await mesh.ReadinessCodeAsync());

        Mend();
        _home.Write("b.yaml", PolicyHome.Deny("b"));
        await mesh.BecomesAsync("b");
        Assert.False(mesh.Source("directory")!.IsFailed);
    }

    [Fact]
    public async Task A_fifo_in_the_place_of_a_file_hangs_nothing_and_keeps_what_the_file_held()
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        await using var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");

        _home.Delete("a.yaml");
        await Command.RunAsync("mkfifo", "", [Path.Combine(_home.Directory, "a.yaml")]);
        _home.Write("b.yaml", PolicyHome.Deny("b"));

        await mesh.BecomesAsync("a b");
        Assert.True(mesh.Source("a.yaml")!.IsFailed);
    }

    [Fact]
    public async Task A_file_cut_off_to_nothing_keeps_what_it_held()
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        await using var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");

        _home.Write("a.yaml", "");

        await Eventually.TrueAsync(() => mesh.Source("a.yaml") is { IsFailed: true }, "the failure in the status");
        Assert.Equal("a", mesh.InForce());
    }

    [Fact]
    public async Task An_invalid_edit_keeps_the_last_good_version_over_restarts_until_it_is_mended()
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");
        _home.Write("a.yaml", PolicyHome.Invalid("a"));
        await Eventually.TrueAsync(() => mesh.StatusOf("a") == AdmissionStatus.KeptLastGood, "the rejection");
        Assert.Equal("a", mesh.InForce());
        var revision = mesh.Snapshot()!.Revision;
        await mesh.CloseAsync();

        await using var again = await _home.StartAsync();
        await again.BecomesAsync("a");
        Assert.Equal(AdmissionStatus.KeptLastGood, again.StatusOf("a"));
        Assert.Equal(revision, again.Snapshot()!.Revision);

        _home.Write("a.yaml", PolicyHome.Deny("a", "/other"));
        await Eventually.TrueAsync(() => again.StatusOf("a") == AdmissionStatus.Accepted, "the mended version");
    }

    [Fact]
    public async Task An_invalid_policy_at_first_sight_is_quarantined()
    {
        _home.Write("a.yaml", PolicyHome.Invalid("a"));
        await using var mesh = await _home.StartAsync();

        await Eventually.TrueAsync(() => mesh.StatusOf("a") == AdmissionStatus.Quarantined, "quarantine");
        Assert.Equal("shop", Assert.Single(mesh.Snapshot()!.Resources.InForce.Quarantined).Namespace);
    }

    [Theory]
    [InlineData("emptied")]
    [InlineData("vanished")]
    [InlineData("a file in its place")]
    public async Task A_directory_that_is_gone_at_start_does_not_take_its_policies_with_it(string fault)
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");
        await mesh.CloseAsync();

        Break(fault);
        await using var again = await _home.StartAsync();

        await again.BecomesAsync("a");
        Assert.True(again.Source("directory")!.IsFailed);
    }

    [Fact]
    public async Task A_service_that_never_read_its_directory_decides_nothing_and_is_not_ready()
    {
        await using var mesh = await _home.StartAsync();

        Assert.Equal(503, await mesh.ReadinessCodeAsync());
        Assert.Contains("\"policies\"", await mesh.ReadinessAsync(), StringComparison.Ordinal);
        Assert.Null(mesh.Snapshot());

        _home.Write("a.yaml", "# nothing yet");
        await mesh.BecomesAsync("");
        Assert.Equal(200, await mesh.ReadinessCodeAsync());
    }

    [Fact]
    public async Task Without_any_source_the_service_is_a_certificate_authority_alone()
    {
        await using var mesh = await TestMesh.StartAsync();

        Assert.Equal(200, await mesh.ReadinessCodeAsync());
        Assert.Null(mesh.Find<IPolicySnapshots>());
        Assert.DoesNotContain("\"policies\"", await mesh.ReadinessAsync(), StringComparison.Ordinal);
    }

    private void Break(string fault)
    {
        if (fault == "emptied")
        {
            _home.Delete("a.yaml");
            return;
        }

        Directory.Delete(_home.Directory, recursive: true);
        if (fault == "a file in its place")
        {
            File.WriteAllText(_home.Directory, "");
        }
    }

    private void Mend()
    {
        if (File.Exists(_home.Directory))
        {
            File.Delete(_home.Directory);
        }

        Directory.CreateDirectory(_home.Directory);
    }
}
