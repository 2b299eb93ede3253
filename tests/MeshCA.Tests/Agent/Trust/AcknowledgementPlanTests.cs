using MeshCA.Agent.Trust;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class AcknowledgementPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly BundleUptake Uptake = new() { Sequence = 7, IsInUse = true, IsRefused = false, HeldSince = Now, TakesBehind = true };

    [Fact]
    public void What_is_in_use_is_told_at_once_and_once()
    {
        Assert.Equal((PlannedWordKind.InUse, true), Kind(AcknowledgementPlan.Next(Uptake, null, default, Now)));
        Assert.Equal((PlannedWordKind.InUse, true), Kind(AcknowledgementPlan.Next(Uptake, new Acknowledgement.InUse(6), Now, Now)));
        Assert.Equal(PlannedWord.None, AcknowledgementPlan.Next(Uptake, new Acknowledgement.InUse(7), Now, Now));
    }

    [Fact]
    public void Who_lacks_it_is_told_after_a_while()
    {
        var held = Uptake with { IsInUse = false };
        Assert.Equal(new(PlannedWordKind.Behind, Now + AcknowledgementPlan.Quiet), AcknowledgementPlan.Next(held, null, default, Now));
        Assert.Equal(new(PlannedWordKind.Behind, Now + AcknowledgementPlan.Quiet), AcknowledgementPlan.Next(held, new Acknowledgement.InUse(6), Now, Now));
    }

    [Fact]
    public void A_refusal_is_told_at_once() => Assert.Equal(
        (PlannedWordKind.Behind, true), Kind(AcknowledgementPlan.Next(Uptake with { IsInUse = false, IsRefused = true }, new Acknowledgement.InUse(7), Now, Now)));

    // An older service ends a stream on which it is told what it does not know.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_ca_that_does_not_take_it_is_not_told_who_lacks_it(bool isRefused) => Assert.Equal(
        PlannedWord.None,
        AcknowledgementPlan.Next(Uptake with { IsInUse = false, IsRefused = isRefused, TakesBehind = false }, new Acknowledgement.InUse(7), Now, Now.AddHours(1)));

    [Fact]
    public void Who_takes_and_refuses_by_turns_does_not_make_the_agent_talk_without_end()
    {
        var behind = new Acknowledgement.Behind(7, 1, ["x"]);
        Assert.Equal(new(PlannedWordKind.InUse, Now + AcknowledgementPlan.Gap), AcknowledgementPlan.Next(Uptake, behind, Now, Now));
        var refused = Uptake with { IsInUse = false, IsRefused = true };
        Assert.Equal(new(PlannedWordKind.Behind, Now + AcknowledgementPlan.Quiet), AcknowledgementPlan.Next(refused, behind, Now, Now));
        Assert.Equal(new(PlannedWordKind.Behind, Now + AcknowledgementPlan.Gap), AcknowledgementPlan.Next(refused with { Sequence = 8 }, behind, Now, Now));
    }

    private static (PlannedWordKind Kind, bool IsDue) Kind(PlannedWord word) => (word.Kind, word.At <= Now);
}
