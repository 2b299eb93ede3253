using MeshCA.Issuance;
using MeshCA.Leadership;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Leadership;

public sealed class SigningRightTests
{
    private readonly TestLeadership _leadership = new();
    private readonly SigningRight _right;

    public SigningRightTests() => _right = new(_leadership);

    [Fact]
    public void Who_was_elected_does_not_sign_before_everything_is_taken_over()
    {
        _leadership.Term = 1;
        Assert.Null(_right.Term);

        _right.Grant(1);
        Assert.Equal(1, _right.Term);
    }

    [Fact]
    public void The_right_ends_with_its_term_and_does_not_come_back_with_the_next()
    {
        _leadership.Term = 1;
        _right.Grant(1);
        _leadership.Term = null;
        Assert.Null(_right.Term);

        _leadership.Term = 2;
        Assert.Null(_right.Term);
    }

    [Fact]
    public void A_refusal_names_the_leader()
    {
        _leadership.Leader = "meshca-1";
        var refusal = Assert.Throws<JournalUnavailableException>(() => _right.Demand());
        Assert.Contains("`meshca-1`", refusal.Message, StringComparison.Ordinal);
    }
}
