using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Rotations;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rotations;

/// <summary>The planner's thresholds, one by one.</summary>
public sealed class RotationStepTests
{
    private static readonly DateTimeOffset Now = StoreSamples.Now;
    private static readonly RotationSettings Settings = MeshModel.Settings with { HoldOverdueShare = 0.1, HoldFailureShare = 0.1 };
    private static readonly IssuanceCount Quiet = new(0, 0);

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void Few_late_holders_are_no_trend(int holders, bool halts) =>
        Assert.Equal(halts, Next(RotationPhase.Draining, Fleet(holders) with { HoldersOverdue = holders }, Quiet) is RotationStep.Hold);

    [Theory]
    [InlineData(19, false)]
    [InlineData(20, true)]
    public void Few_failed_requests_are_no_trend(int failed, bool halts) =>
        Assert.Equal(halts, Next(RotationPhase.Draining, Fleet(1), new(0, failed)) is RotationStep.Hold);

    [Fact]
    public void A_journal_that_is_still_being_read_says_nothing_of_lag_and_is_waited_for()
    {
        Assert.IsType<RotationStep.Activate>(Next(RotationPhase.Distributing, Fleet(10), Quiet));
        Assert.IsType<RotationStep.Wait>(Next(RotationPhase.Distributing, Fleet(10) with { IsComplete = false, HoldersOverdue = 10 }, Quiet));
    }

    [Fact]
    public void What_the_journal_cannot_know_is_waited_for_and_said_until_when()
    {
        var set = Set(RotationPhase.Distributing);
        var fleet = Fleet(10) with { IsComplete = false, CompleteAt = Now.AddDays(15) };
        var inventory = RotationConditions.Of(set, fleet, Settings, Now).Single(condition => condition.Kind == ConditionKind.Inventory);
        Assert.Equal((false, Now.AddDays(15)), (inventory.IsMet, inventory.Until));
        Assert.All(RotationForecast.Of(set, fleet, Settings, Now), phase => Assert.True(phase.Expected >= Now.AddDays(15)));
        Assert.Null(RotationConditions.Of(set, fleet with { IsComplete = true }, Settings, Now)[0].Until);
    }

    [Fact]
    public void The_way_back_is_gone_to_its_end_by_itself_whatever_fails_meanwhile() =>
        Assert.IsType<RotationStep.Retire>(Next(RotationPhase.Withdrawing, Fleet(10) with { HoldersOverdue = 10 }, new(0, 100), isManual: true));

    [Fact]
    public void A_manual_rotation_waits_elsewhere() =>
        Assert.IsType<RotationStep.Wait>(Next(RotationPhase.Distributing, Fleet(10), Quiet, isManual: true));

    [Theory]
    [InlineData("a", true)] // the root signed it itself, as supplied ones may
    [InlineData("c", false)]
    public void A_leaf_that_the_leaving_root_signed_without_an_intermediate_is_waited_for(string signer, bool waits)
    {
        var fleet = Fleet(1) with
        {
            LiveLeaves = 1,
            ByAuthority = new Dictionary<string, AuthorityLeaves> { [signer] = new(1, Now.AddDays(2)) },
        };
        Assert.Equal(waits, Next(RotationPhase.Draining, fleet, Quiet) is RotationStep.Wait);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Failures_up_to_the_share_that_is_allowed_are_no_trouble(int failed, bool halts) =>
        Assert.Equal(halts, Next(RotationPhase.Draining, Fleet(1), new(20 - failed, failed)) is RotationStep.Hold);

    // Nobody holds a leaf under the root that leaves, and all have the bundle: nothing is waited for.
    private static FleetReport Fleet(int holders) => new()
    {
        MeasuredAt = Now,
        TargetSequence = 5,
        Consumers = 0,
        ConsumersUpdated = 0,
        Holders = holders,
        HoldersUpdated = holders,
        HoldersOverdue = 0,
        LiveLeaves = 0,
        ByAuthority = new Dictionary<string, AuthorityLeaves>(),
        Laggards = [],
        LaggardCount = 0,
        IsComplete = true,
    };

    private static RotationStep Next(RotationPhase phase, FleetReport fleet, IssuanceCount count, bool isManual = false) =>
        RotationPlanner.Next(Set(phase, isManual), fleet, count, Settings, Now.AddDays(1));

    private static AuthoritySet Set(RotationPhase phase, bool isManual = false)
    {
        var signer = new AuthorityRecord
        {
            Id = "i",
            Kind = AuthorityKind.Intermediate,
            State = AuthorityState.Active,
            Issuer = phase == RotationPhase.Draining ? "b" : "a",
            Certificate = default,
            CreatedAt = Now,
        };
        return new AuthoritySet(7, 5, [signer])
        {
            Rotation = new RotationRecord
            {
                Number = 1,
                Phase = phase,
                OldRoot = "a",
                NewRoot = "b",
                StartedAt = Now,
                PhaseSince = Now,
                Actor = "uid:0",
                TargetSequence = 5,
                IsManual = isManual,
            },
        };
    }
}
