using System.Collections.Immutable;
using MeshCA.Agent.Registration;
using SpiffeIdentity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Registration;

public sealed class RegistrationSetTests
{
    private static readonly ImmutableArray<RegistrationEntry> Entries =
    [
        SampleIdentities.Entry("user", null, new Selector.UserId(1000)),
        SampleIdentities.Entry("group", null, new Selector.GroupId(100)),
        SampleIdentities.Entry("both", null, new Selector.UserId(1000), new Selector.GroupId(100)),
        SampleIdentities.Entry("zero", null, new Selector.UserId(0)),
    ];

    private readonly RegistrationSet _set = new(1, Entries);

    [Theory]
    [InlineData(1000u, 100u, "user,group,both")]
    [InlineData(1000u, 0u, "user")]
    [InlineData(1u, 100u, "group")]
    [InlineData(100u, 1000u, "")]
    [InlineData(0u, 0u, "zero")]
    public void A_caller_has_the_entries_of_which_every_selector_holds_in_their_order(uint user, uint group, string names) =>
        Assert.Equal(names, _set.Select(new(7, user, group)).Names);

    [Fact]
    public void An_entry_without_selectors_is_for_everybody() =>
        Assert.Equal("all", new RegistrationSet(1, [SampleIdentities.Entry("all")]).Select(new(7, 5, 5)).Names);

    [Fact]
    public void Callers_with_the_same_entries_share_a_selection()
    {
        Assert.Same(_set.Select(new(1, 1000, 0)), _set.Select(new(2, 1000, 0)));
        Assert.Same(_set.Select(new(1, 1000, 0)), _set.Select(new(3, 1000, 7)));
        Assert.NotSame(_set.Select(new(1, 1000, 0)), _set.Select(new(1, 1000, 100)));
    }

    [Fact]
    public void So_many_callers_are_remembered_and_no_more()
    {
        for (var user = 0u; user < 4_096; user++)
        {
            Assert.Same(_set.Select(new(1, user, 0)), _set.Select(new(1, user, 0)));
        }

        Assert.Equal("group", _set.Select(new(1, 9_999, 100)).Names);
        Assert.NotSame(_set.Select(new(1, 9_999, 100)), _set.Select(new(1, 9_999, 100)));
    }

    [Fact]
    public void What_was_got_for_an_entry_of_the_name_that_asked_for_something_else_is_not_the_entrys()
    {
        var entry = SampleIdentities.Entry("a", "spiffe://td/x");
        Assert.True(entry.AsksTheSameAs(entry with { Hint = "h", Selectors = [new Selector.UserId(1)] }));
        Assert.False(entry.AsksTheSameAs(entry with { Name = "b" }));
        Assert.False(entry.AsksTheSameAs(entry with { Id = SpiffeId.Parse("spiffe://td/y") }));
        Assert.False(entry.AsksTheSameAs(entry with { Id = null }));
        Assert.False((entry with { Id = null }).AsksTheSameAs(entry));
        Assert.False(entry.AsksTheSameAs(entry with { TokenFile = "/t" }));
    }
}
