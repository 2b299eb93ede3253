using System.Text;
using AuthzEngine.Policies;
using MeshCA.Authorities;
using MeshCA.Issuance;
using MeshCA.Policies;
using MeshCA.Storage;
using Xunit;

namespace MeshCA.Tests.Storage.Policies;

public sealed class PolicyTableTests
{
    private static readonly SourceText First = Text("first");
    private static readonly SourceText Second = Text("second");

    private static readonly StoredPolicies State = new()
    {
        Revision = 3,
        IsComplete = true,
        Applied = [Resource("a", First), Resource("b", First)],
        LastGood = [Resource("a", First), Resource("b", Second, "file.yaml")],
        Quarantined = [new("broken.yaml", 3, Text("broken"))],
        Mesh = Text("mesh"),
        Inventory = Second,
        Meaning = First.Hash,
    };

    [Fact]
    public async Task A_new_store_keeps_nothing()
    {
        await using var fixture = await StoreFixture.OpenAsync();

        Assert.Same(StoredPolicies.None, await fixture.Store.LoadPoliciesAsync(default));
    }

    [Fact]
    public async Task What_is_saved_is_there_after_a_restart()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, [], default);
        await fixture.ReopenAsync();

        AssertSame(State, await fixture.Store.LoadPoliciesAsync(default));
    }

    [Fact]
    public async Task What_is_no_longer_needed_goes_with_its_text()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var next = new StoredPolicies { Revision = 4, LastGood = [Resource("a", Second)] };
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, [], default);
        await fixture.Store.SavePoliciesAsync(State, next, [], default);

        var kept = await fixture.Store.LoadPoliciesAsync(default);
        AssertSame(next, kept);
        Assert.Equal([Second], kept.Texts);
    }

    [Fact]
    public async Task A_state_that_does_not_follow_the_last_one_is_refused_whole()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, [], default);

        await Assert.ThrowsAsync<JournalUnavailableException>(
            () => fixture.Store.SavePoliciesAsync(StoredPolicies.None, State with { Revision = 9 }, [], default));
        AssertSame(State, await fixture.Store.LoadPoliciesAsync(default));
    }

    [Fact]
    public async Task What_an_older_version_kept_without_its_meaning_is_read()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var older = State with { Meaning = null };
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, older, [], default);
        await fixture.ReopenAsync();

        AssertSame(older, await fixture.Store.LoadPoliciesAsync(default));
    }

    [Theory]
    [InlineData("DELETE FROM meta WHERE name = 'policies'")]
    [InlineData("DELETE FROM policies; DELETE FROM policy_texts")]
    [InlineData("DELETE FROM policies WHERE name = 'a'")]
    [InlineData("UPDATE policy_texts SET text = x'23'")]
    [InlineData("DELETE FROM meta WHERE name = 'policies'; DELETE FROM policies; DELETE FROM policy_texts")]
    public async Task What_somebody_else_removed_is_missed(string sql)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, [], default);

        fixture.Sql(sql);
        await Assert.ThrowsAsync<KeySealException>(() => fixture.Store.LoadPoliciesAsync(default));

        await fixture.ReopenAsync();
        await Assert.ThrowsAsync<KeySealException>(() => fixture.Store.LoadPoliciesAsync(default));
    }

    [Fact]
    public async Task A_store_from_before_there_was_a_mark_gets_it_when_it_is_opened()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        fixture.Sql("CREATE TABLE kept AS SELECT value FROM meta WHERE name = 'checkpoint-key'");
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, [], default);
        fixture.Sql("UPDATE meta SET value = (SELECT value FROM kept) WHERE name = 'checkpoint-key'; DROP TABLE kept");
        await fixture.ReopenAsync();
        AssertSame(State, await fixture.Store.LoadPoliciesAsync(default));

        fixture.Sql("DELETE FROM meta WHERE name = 'policies'; DELETE FROM policies; DELETE FROM policy_texts");

        await Assert.ThrowsAsync<KeySealException>(() => fixture.Store.LoadPoliciesAsync(default));
    }

    [Fact]
    public async Task The_mark_cannot_be_taken_off()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, [], default);
        await fixture.Store.DisposeAsync();

        fixture.Sql("UPDATE meta SET value = substr(value, 2) WHERE name = 'checkpoint-key'");

        var refused = Assert.IsType<StoreOpenOutcome.Refused>(
            await SqliteStore.OpenAsync(fixture.Options, fixture.Clock, fixture.Log, null, default));
        Assert.Equal(StoreOpenError.KeyRefused, refused.Error);
    }

    private static void AssertSame(StoredPolicies expected, StoredPolicies actual)
    {
        Assert.Equal(
            (expected.Revision, expected.IsComplete, expected.Mesh, expected.Inventory, expected.Meaning),
            (actual.Revision, actual.IsComplete, actual.Mesh, actual.Inventory, actual.Meaning));
        Assert.Equal(expected.Applied, actual.Applied);
        Assert.Equal(expected.LastGood, actual.LastGood);
        Assert.Equal(expected.Quarantined, actual.Quarantined);
    }

    private static StoredResource Resource(string name, SourceText text, string source = "applied") =>
        new(new(ResourceKind.AuthorizationPolicy, "shop", name), 2, source, text);

    private static SourceText Text(string content) => new(Encoding.UTF8.GetBytes(content));
}
