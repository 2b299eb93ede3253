using System.Collections.Immutable;
using MeshCA.Agent.Explaining;
using MeshCA.Agent.Registration;
using MeshCA.Agent.Views;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Explaining;

public sealed class WorkloadExplanationTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";

    private readonly SampleIdentities _own = new();

    public void Dispose() => _own.Dispose();

    [Fact]
    public void The_entries_that_nearly_admit_a_caller_come_first_with_the_selector_that_does_not_hold()
    {
        var far = SampleIdentities.Entry("far", Web, new Selector.UserId(1), new Selector.GroupId(1));
        var near = SampleIdentities.Entry("near", Web, new Selector.UserId(1000), new Selector.GroupId(1));
        var explained = WorkloadExplanation.Of(new(42, 1000, 100), new(_own.State(1, _own.Hold(near, Web)), new(1, [far, near])));

        Assert.Equal((42, "NEVER"), (explained.ProcessId, explained.Standing));
        Assert.Equal(["unix:uid:1000", "unix:gid:100"], explained.Facts);
        Assert.Equal(["near", "far"], explained.Entries.Select(entry => entry.Name));
        Assert.Equal(["unix:uid:1000 True", "unix:gid:1 False"], explained.Entries[0].Selectors.Select(each => $"{each.Text} {each.Holds}"));
        Assert.Equal((Web, false), (explained.Entries[0].Held.SpiffeId, explained.Entries[0].Admits));
        Assert.Null(WorkloadExplanation.Of(new(42, 1000, 100), new(_own.State(1), new(1, [far]))).Entries[0].Held);
    }

    [Fact]
    public void A_ban_is_named_with_what_is_held()
    {
        var entry = SampleIdentities.Entry("web", Web);
        var state = _own.State(1, _own.Hold(entry, Web)) with { Bans = SampleIdentities.Banned(Web) };
        var explained = WorkloadExplanation.Of(new(1, 5, 5), new(state, new(1, [entry])));
        Assert.Equal(("BANNED", $"1: identity {Web}", Web), (explained.Standing, explained.Entries[0].Ban, explained.Entries[0].Held.SpiffeId));
    }

    [Theory]
    [InlineData(false, "NOT_YET")]
    [InlineData(true, "READY")]
    public void An_entry_that_admits_the_caller_may_have_no_svid_yet(bool isHeld, string standing)
    {
        var entry = SampleIdentities.Entry("web", Web);
        var state = isHeld ? _own.State(1, _own.Hold(entry, Web)) : _own.State(1);
        Assert.Equal(standing, WorkloadExplanation.Of(new(1, 5, 5), new(state, new(1, [entry]))).Standing);
    }

    [Fact]
    public void What_does_not_fit_into_the_callers_message_is_marked()
    {
        var entries = Enumerable.Range(0, FittingIdentities.Usual + 1).Select(i => SampleIdentities.Entry($"e{i}")).ToImmutableArray();
        var held = _own.Hold(entries[0], Web);
        var explained = WorkloadExplanation.Of(
            new(1, 5, 5), new(_own.State(1, [.. entries.Select(entry => held with { Entry = entry })]), new(1, entries)));

        Assert.Equal([entries[^1].Name], explained.Entries.Where(entry => entry.LeftOut).Select(entry => entry.Name));
        Assert.True(explained.Entries[^1].Admits);
    }
}
