using System.Text;
using AuthzEngine.Policies;
using MeshCA.Issuance;
using MeshCA.Policies;
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
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, null, default);
        await fixture.ReopenAsync();

        AssertSame(State, await fixture.Store.LoadPoliciesAsync(default));
    }

    [Fact]
    public async Task What_is_no_longer_needed_goes_with_its_text()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var next = new StoredPolicies { Revision = 4, LastGood = [Resource("a", Second)] };
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, null, default);
        await fixture.Store.SavePoliciesAsync(State, next, null, default);

        var kept = await fixture.Store.LoadPoliciesAsync(default);
        AssertSame(next, kept);
        Assert.Equal([Second], kept.Texts);
    }

    [Fact]
    public async Task A_state_that_does_not_follow_the_last_one_is_refused_whole()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.Store.SavePoliciesAsync(StoredPolicies.None, State, null, default);

        await Assert.ThrowsAsync<JournalUnavailableException>(
            () => fixture.Store.SavePoliciesAsync(StoredPolicies.None, State with { Revision = 9 }, null, default));
        AssertSame(State, await fixture.Store.LoadPoliciesAsync(default));
    }

    private static void AssertSame(StoredPolicies expected, StoredPolicies actual)
    {
        Assert.Equal((expected.Revision, expected.IsComplete, expected.Mesh, expected.Inventory), (actual.Revision, actual.IsComplete, actual.Mesh, actual.Inventory));
        Assert.Equal(expected.Applied, actual.Applied);
        Assert.Equal(expected.LastGood, actual.LastGood);
        Assert.Equal(expected.Quarantined, actual.Quarantined);
    }

    private static StoredResource Resource(string name, SourceText text, string source = "applied") =>
        new(new(ResourceKind.AuthorizationPolicy, "shop", name), 2, source, text);

    private static SourceText Text(string content) => new(Encoding.UTF8.GetBytes(content));
}
