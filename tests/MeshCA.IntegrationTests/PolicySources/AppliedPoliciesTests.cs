using System.IO;
using System.Text.Json;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Policies;
using Microsoft.Data.Sqlite;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.PolicySources;

/// <summary>Policies that administrators apply over the socket.</summary>
public sealed class AppliedPoliciesTests : IDisposable
{
    private readonly PolicyHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task What_is_applied_is_in_force_when_the_answer_comes_and_after_a_restart()
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");
        using (var administrator = new PolicyAdministrator(_home.Socket))
        {
            var applied = await administrator.ApplyAsync(PolicyHome.Deny("one") + PolicyHome.Deny("two"));
            Assert.True(applied.InForce);
            Assert.Equal(mesh.Snapshot()!.Revision, applied.Revision);
            Assert.Equal("a one two", mesh.InForce());
            Assert.True((await administrator.DeleteAsync("one")).Revision > applied.Revision);
            Assert.Equal("a two", mesh.InForce());
            Assert.Equal("two", await administrator.ListAsync());
        }

        await mesh.CloseAsync();
        await using var again = await _home.StartAsync();
        await again.BecomesAsync("a two");
    }

    [Fact]
    public async Task Applying_a_policy_again_replaces_it()
    {
        await using var mesh = await StartWithoutFilesAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);
        await administrator.ApplyAsync(PolicyHome.Deny("one"));
        var before = mesh.Snapshot()!.Resources.InForce.Resources.Single();

        await administrator.ApplyAsync(PolicyHome.Deny("one", "/other"));

        Assert.NotSame(before, mesh.Snapshot()!.Resources.InForce.Resources.Single());
        Assert.Equal("one", await administrator.ListAsync());
    }

    [Fact]
    public async Task A_change_with_one_invalid_policy_changes_nothing_and_says_where()
    {
        await using var mesh = await StartWithoutFilesAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);
        await administrator.ApplyAsync(PolicyHome.Deny("one"));
        var revision = mesh.Snapshot()!.Revision;

        var answer = await administrator.ApplyAsync(PolicyHome.Deny("two") + PolicyHome.Invalid("bad"));

        Assert.Equal(Refusal.Types.Reason.Invalid, answer.Refusal.Reason);
        var error = Assert.Single(answer.Findings, finding => finding.Severity == Finding.Types.Severity.Error);
        Assert.Equal("AuthorizationPolicy/shop/bad", error.Resource);
        Assert.StartsWith("stdin:", error.Location, StringComparison.Ordinal);
        Assert.Equal(revision, mesh.Snapshot()!.Revision);
        Assert.Equal("one", mesh.InForce());
    }

    [Fact]
    public async Task A_policy_that_stands_in_a_file_is_not_applied_as_well()
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        await using var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");
        using var administrator = new PolicyAdministrator(_home.Socket);

        var answer = await administrator.ApplyAsync(PolicyHome.Deny("a", "/other"));

        Assert.Equal(Refusal.Types.Reason.Invalid, answer.Refusal.Reason);
        Assert.Contains("a.yaml", Assert.Single(answer.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_repeats_an_applied_policy_leaves_the_applied_one_in_force_and_is_reported()
    {
        _home.Write("a.yaml", PolicyHome.Deny("a"));
        await using var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("a");
        using var administrator = new PolicyAdministrator(_home.Socket);
        await administrator.ApplyAsync(PolicyHome.Deny("one"));

        _home.Write("b.yaml", PolicyHome.Deny("one", "/other"));

        await Eventually.TrueAsync(() => mesh.StatusOf("one") == AuthzEngine.Admission.AdmissionStatus.KeptLastGood, "the duplicate");
        Assert.Equal("a one", mesh.InForce());
    }

    [Fact]
    public async Task A_change_planned_on_another_revision_is_refused()
    {
        await using var mesh = await StartWithoutFilesAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);
        var first = await administrator.ApplyAsync(PolicyHome.Deny("one"));

        var late = await administrator.ApplyAsync(PolicyHome.Deny("two"), first.Revision - 1);
        var timely = await administrator.ApplyAsync(PolicyHome.Deny("two"), first.Revision);

        Assert.Equal(Refusal.Types.Reason.RevisionMoved, late.Refusal.Reason);
        Assert.Null(timely.Refusal);
    }

    [Fact]
    public async Task Deleting_what_was_not_applied_deletes_nothing()
    {
        await using var mesh = await StartWithoutFilesAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);
        await administrator.ApplyAsync(PolicyHome.Deny("one"));

        Assert.Equal(Refusal.Types.Reason.NotFound, (await administrator.DeleteAsync("two")).Refusal.Reason);
        Assert.Equal("one", mesh.InForce());
    }

    [Fact]
    public async Task Changes_are_audited_with_intent_and_result()
    {
        await using var mesh = await StartWithoutFilesAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);
        await administrator.ApplyAsync(PolicyHome.Deny("one"));
        await administrator.ApplyAsync(PolicyHome.Invalid("bad"));

        var events = _home.Home.Store.Audit("policy.apply");

        Assert.Equal(["intent", "ok", "intent", "refused"], events.Select(entry => entry.Outcome));
        Assert.All(events, entry => Assert.Equal($"uid:{Hosting.PeerCredential.OwnUserId}", entry.Actor));
        Assert.Contains("AuthorizationPolicy/shop/one", events[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_resource_of_a_large_change_is_audited()
    {
        await using var mesh = await StartWithoutFilesAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);
        await administrator.ApplyAsync(string.Concat(Enumerable.Range(0, 100).Select(i => PolicyHome.Deny($"policy-{i}"))));

        var events = _home.Home.Store.Audit("policy.apply");

        Assert.StartsWith("100 resources: ", events[0].Detail, StringComparison.Ordinal);
        Assert.Equal("ok", events[1].Outcome);
        Assert.StartsWith("1 of 4: ", events[1].Detail, StringComparison.Ordinal);
        var named = string.Join(", ", events.Skip(1).Select(entry => entry.Detail[(entry.Detail.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => $"AuthorizationPolicy/shop/policy-{i}").Order(),
            named.Split(", ").Order());
    }

    [Fact]
    public async Task Before_all_sources_were_read_a_change_is_durable_but_not_in_force_until_they_are()
    {
        await using var mesh = await _home.StartAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);

        var applied = await administrator.ApplyAsync(PolicyHome.Deny("one"));
        Assert.False(applied.InForce);
        var waiting = administrator.Client.AwaitRevisionAsync(
            new AwaitRevisionRequest { Revision = applied.Revision }, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync;
        Assert.False(waiting.IsCompleted);
        _home.Write("a.yaml", PolicyHome.Deny("a"));

        Assert.True((await waiting).Revision > applied.Revision);
        Assert.Equal("a one", mesh.InForce());
    }

    [Fact]
    public async Task Waiting_for_a_revision_ends_with_the_deadline()
    {
        await using var mesh = await StartWithoutFilesAsync();
        using var administrator = new PolicyAdministrator(_home.Socket);

        var fault = await Assert.ThrowsAsync<RpcException>(() => administrator.Client.AwaitRevisionAsync(
            new AwaitRevisionRequest { Revision = long.MaxValue },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(0.2),
            cancellationToken: TestContext.Current.CancellationToken).ResponseAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, fault.StatusCode);
    }

    [Theory]
    [InlineData("DELETE FROM policies")]
    [InlineData("UPDATE policies SET name = 'other'")]
    [InlineData("UPDATE policy_texts SET text = replace(CAST(text AS TEXT), '/admin', '/other')")]
    [InlineData("DELETE FROM policy_texts")]
    [InlineData("DELETE FROM meta WHERE name = 'policies'")]
    public async Task Policies_that_somebody_else_changed_in_the_store_are_not_decided_from(string change)
    {
        var mesh = await StartWithoutFilesAsync();
        using (var administrator = new PolicyAdministrator(_home.Socket))
        {
            await administrator.ApplyAsync(PolicyHome.Deny("one"));
        }

        await mesh.CloseAsync();
        Execute(change);
        await using var again = await _home.StartAsync();

        Assert.Null(again.Snapshot());
        Assert.Equal(503, await again.ReadinessCodeAsync());
        using var late = new PolicyAdministrator(_home.Socket);
        var fault = await Assert.ThrowsAsync<RpcException>(() => late.ApplyAsync(PolicyHome.Deny("two")));
        Assert.Equal(StatusCode.DataLoss, fault.StatusCode);
    }

    [Fact]
    public async Task What_was_answered_survives_a_kill()
    {
        using var directory = new TemporaryDirectory();
        var (data, socket) = (directory.File("data"), directory.File("run/admin.sock"));
        await using (var process = await MeshProcess.StartAsync(data, $"Server:AdminSocket={socket}"))
        {
            using var administrator = new PolicyAdministrator(socket);
            for (var i = 0; i < 5; i++)
            {
                await administrator.ApplyAsync(PolicyHome.Deny($"p{i}"));
            }

            await process.KillAsync();
        }

        await using var again = await MeshProcess.StartAsync(data, $"Server:AdminSocket={socket}");
        using var after = new PolicyAdministrator(socket);
        Assert.Equal("p0 p1 p2 p3 p4", await after.ListAsync());
        var status = await after.Client.GetStatusAsync(new GetStatusRequest(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(5, status.Resources.Count);
        Assert.True(status.RevisionInForce > 5);
    }

    [Fact]
    public async Task The_command_line_applies_lists_shows_and_deletes()
    {
        await using var mesh = await StartWithoutFilesAsync();
        var file = _home.Home.File("one.yaml");
        await File.WriteAllTextAsync(file, PolicyHome.Deny("one"), TestContext.Current.CancellationToken);

        var applied = await RunAsync("apply", file, "--wait");
        Assert.Equal(mesh.Snapshot()!.Revision, applied.GetProperty("revision").GetInt64());
        Assert.Equal(
            "AuthorizationPolicy/shop/one", (await RunAsync("list")).GetProperty("resources")[0].GetProperty("resource").GetString());
        Assert.Equal("Accepted", (await RunAsync("status")).GetProperty("resources")[0].GetProperty("status").GetString());
        await RunAsync("delete", "AuthorizationPolicy/shop/one");
        Assert.Equal("", mesh.InForce());

        await File.WriteAllTextAsync(file, PolicyHome.Invalid("bad"), TestContext.Current.CancellationToken);
        var refused = await Command.RunAsync(MeshProcess.Executable, "", ["policy", "apply", file, "--socket", _home.Socket]);
        Assert.Equal(5, refused.Code);
        Assert.Contains(file, refused.Output, StringComparison.Ordinal);
    }

    private async Task<JsonElement> RunAsync(string verb, params string[] arguments)
    {
        var (code, output) = await Command.RunAsync(
            MeshProcess.Executable, "", ["policy", verb, .. arguments, "--socket", _home.Socket, "--output", "json"]);
        Assert.True(code == 0, output);
        return JsonDocument.Parse(output).RootElement;
    }

    private Task<TestMesh> StartWithoutFilesAsync()
    {
        _home.Home.Set(("Policies:Directory", ""));
        return StartAndLoadAsync();
    }

    private async Task<TestMesh> StartAndLoadAsync()
    {
        var mesh = await _home.StartAsync();
        await mesh.BecomesAsync("");
        return mesh;
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Path.Combine(_home.Home.File("store"), "meshca.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }
}
