using System.Collections.Immutable;
using MeshCA.Agent.Registration;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Registration;

public sealed class FullestCallerTests
{
    [Theory]
    [InlineData("", "everybody", 0)]
    [InlineData("* * *", "everybody", 3)]
    [InlineData("u1 u2 u2 *", "user 2", 3)]
    [InlineData("g1 g2 g2 *", "group 2", 3)]
    [InlineData("u1 g2", "user 1, group 2", 2)]
    [InlineData("u2 u1", "user 1", 1)]
    [InlineData("u1 u1 g2 g2 u3g4 u3g4 u3g4", "user 1, group 2", 4)]
    [InlineData("u1 u1 g2 u3g4 u3g4 u3g4 u3g4", "user 3, group 4", 4)]
    [InlineData("u1 u1 u3 g2 g2 g4 u3g4 u3g4 u3g4", "user 3, group 4", 5)]
    [InlineData("u1g2 u1 g2 u1g3", "user 1, group 2", 3)]
    public void Is_the_one_of_all_callers_that_there_could_be_which_most_entries_admit(string entries, string caller, int count)
    {
        ImmutableArray<RegistrationEntry> registered =
            [.. entries.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, i) => SampleIdentities.Entry($"e{i}", null, Selectors(text)))];
        var fullest = FullestCaller.Of(registered);

        Assert.Equal((caller, count), (fullest.ToString(), fullest.Entries));
        Assert.Equal(count, new RegistrationSet(1, registered).Select(fullest.Peer).Entries.Length);
    }

    private static ImmutableArray<Selector> Selectors(string text)
    {
        var group = text.IndexOf('g', StringComparison.Ordinal);
        var user = group < 0 ? text : text[..group];
        var selectors = ImmutableArray.CreateBuilder<Selector>();
        if (user.StartsWith('u'))
        {
            selectors.Add(new Selector.UserId(Number(user[1..])));
        }

        if (group >= 0)
        {
            selectors.Add(new Selector.GroupId(Number(text[(group + 1)..])));
        }

        return selectors.ToImmutable();
    }

    private static uint Number(string text) => uint.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
