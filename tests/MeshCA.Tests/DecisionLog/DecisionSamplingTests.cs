using System.Globalization;
using AuthzEngine.Evaluation;
using MeshCA.DecisionLog;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class DecisionSamplingTests
{
    private static readonly Decision Allowed = new() { Verdict = Verdict.Allow };
    private static readonly Decision Denied = default;

    [Theory]
    [InlineData(1, 10_000, 10_000)]
    [InlineData(0, 0, 0)]
    [InlineData(2, 4_800, 5_200)]
    [InlineData(10, 900, 1_100)]
    [InlineData(16, 550, 700)]
    [InlineData(1_000_000, 0, 3)]
    public void Of_ids_that_count_up_one_in_so_many_is_kept(int of, int least, int most)
    {
        var sampling = new DecisionSampling(of, of);

        Assert.InRange(Ids().Count(id => sampling.Keeps(in Allowed, id)), least, most);
        Assert.InRange(Ids().Count(id => sampling.Keeps(in Denied, id)), least, most);
    }

    [Fact]
    public void Allows_and_denials_have_their_own_share()
    {
        var sampling = new DecisionSampling(Allows: 0, Denials: 1);

        Assert.False(sampling.Keeps(in Allowed, "a"));
        Assert.True(sampling.Keeps(in Denied, "a"));
    }

    [Fact]
    public void The_id_alone_decides_so_that_others_choose_the_same()
    {
        var (one, other) = (new DecisionSampling(7, 1), new DecisionSampling(7, 1));

        Assert.Equal(Ids().Select(id => one.Keeps(in Allowed, id)), Ids().Select(id => other.Keeps(in Allowed, id)));
    }

    [Fact]
    public void What_is_marked_for_audit_is_always_kept()
    {
        var sampling = new DecisionSampling(0, 0);

        Assert.All(Ids().Take(100), id => Assert.True(sampling.Keeps(Allowed with { Audit = true }, id)));
    }

    private static IEnumerable<string> Ids() =>
        Enumerable.Range(1, 10_000).Select(number => "0123456789abcdef-" + number.ToString("x", CultureInfo.InvariantCulture));
}
